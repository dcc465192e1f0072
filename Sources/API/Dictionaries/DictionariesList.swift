// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.list`: lists dictionaries, newest first.
public enum DictionariesList: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// Only those of this model.
        public var model: String?
        /// Only those of this layer.
        public var layer: Int?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(model: String? = nil, layer: Int? = nil, limit: Int = 20, cursor: String? = nil) {
            self.model = model
            self.layer = layer
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The dictionaries.
        public var dictionaries: [DictionaryInfo]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(dictionaries: [DictionaryInfo], next_cursor: String? = nil) {
            self.dictionaries = dictionaries
            self.next_cursor = next_cursor
        }
    }

    public static let name = "dictionaries.list"
    public static let summary = "Lists dictionaries, newest first."
    public static let description = """
        A dictionary appears once its training has finished, whole.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .name("Only those of this model.")),
            .optional("layer", Schema.layer),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("dictionaries", .array("The dictionaries.", of: DictionaryInfo.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.cursorInvalid]
    public static let example: (params: JSON, result: JSON?) = (
        ["layer": 0],
        ["dictionaries": [DictionaryInfo.example]]
    )
}
