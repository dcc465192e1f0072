// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.list`: lists maps, newest first.
public enum MapsList: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// Only those of this dictionary.
        public var dictionary: String?
        /// Only those of this model.
        public var model: String?
        /// Only those of this layer.
        public var layer: Int?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(
            dictionary: String? = nil, model: String? = nil, layer: Int? = nil, limit: Int = 20, cursor: String? = nil
        ) {
            self.dictionary = dictionary
            self.model = model
            self.layer = layer
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The maps.
        public var maps: [MapInfo]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(maps: [MapInfo], next_cursor: String? = nil) {
            self.maps = maps
            self.next_cursor = next_cursor
        }
    }

    public static let name = "maps.list"
    public static let summary = "Lists maps, newest first."
    public static let description = """
        A map appears once its training has finished, whole.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("dictionary", .name("Only those of this dictionary.")),
            .optional("model", .name("Only those of this model.")),
            .optional("layer", .integer("Only those of this layer, counted from 0.", in: 0...Int.max)),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("maps", .array("The maps.", of: MapInfo.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.cursorInvalid, .dictionaryNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1"],
        ["maps": [MapInfo.example]]
    )
}
