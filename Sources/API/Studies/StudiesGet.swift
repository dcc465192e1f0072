// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `studies.get`: shows a study with what it has found.
public enum StudiesGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The study, as in y3.
        public var study: String

        /// All parameters.
        public init(study: String) { self.study = study }
    }

    public typealias Result = StudyInfo

    public static let name = "studies.get"
    public static let summary = "Shows a study with what it has found."
    public static let description = """
        A study appears once its job has finished, whole.
        """
    public static let params = Schema.object("", [.required("study", .name("The study, as in y3."))])
    public static let result = StudyInfo.schema
    public static let errors: [ErrorKind] = [.studyNotFound]
    public static let example: (params: JSON, result: JSON?) = (["study": "y3"], StudyInfo.example)
}
