// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `studies.delete`: deletes a study.
public enum StudiesDelete: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The study, as in y3.
        public var study: String

        /// All parameters.
        public init(study: String) { self.study = study }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The study's name.
        public var study: String

        /// All facts.
        public init(study: String) { self.study = study }
    }

    public static let name = "studies.delete"
    public static let summary = "Deletes a study."
    public static let description = """
        Only its owner and root may.
        """
    public static let params = Schema.object("", [.required("study", .name("The study, as in y3."))])
    public static let result = Schema.object("What comes back.", [.required("study", .name("The study's name."))])
    public static let errors: [ErrorKind] = [.studyNotFound, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (["study": "y3"], ["study": "y3"])
}
