// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `studies.list`: lists the studies, newest first.
public enum StudiesList: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// Only those of this model.
        public var model: String?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(model: String? = nil, limit: Int = 20, cursor: String? = nil) {
            self.model = model
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The studies, without what they have found.
        public var studies: [StudyInfo]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(studies: [StudyInfo], next_cursor: String? = nil) {
            self.studies = studies
            self.next_cursor = next_cursor
        }
    }

    public static let name = "studies.list"
    public static let summary = "Lists the studies, newest first."
    public static let description = """
        A study appears once its job has finished, whole.
        """
    public static let params = Schema.object("", [.optional("model", .name("Only those of this model."))] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("studies", .array("The studies, without what they have found.", of: StudyInfo.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.cursorInvalid]
    public static let example: (params: JSON, result: JSON?) = ([:], ["studies": [StudyInfo.example]])
}
