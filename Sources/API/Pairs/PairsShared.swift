// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `pairs.shared`: lists the feature pairs that several heads of a map use.
public enum PairsShared: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// Only pairs with an entry in at least so many heads.
        public var min_heads: Int
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(map: String, min_heads: Int = 2, limit: Int = 20, cursor: String? = nil) {
            self.map = map
            self.min_heads = min_heads
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// How many pairs there are in all.
        public var total: Int
        /// The pairs.
        public var pairs: [SharedPair]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(map: String, total: Int, pairs: [SharedPair], next_cursor: String? = nil) {
            self.map = map
            self.total = total
            self.pairs = pairs
            self.next_cursor = next_cursor
        }
    }

    public static let name = "pairs.shared"
    public static let summary = "Lists the feature pairs that several heads use, the strongest first."
    public static let description = """
        Ranked by the expected contributions' sum over the heads. Walks the whole map: about a tenth of a second for a million entries.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .optional(
                "min_heads", .integer("Only pairs with an entry in at least so many heads.", in: 1...Int.max), default: 2),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("total", .count("How many pairs there are in all.")),
            .required("pairs", .array("The pairs.", of: SharedPair.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.mapNotFound, .dictionaryNotFound, .cursorInvalid]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "min_heads": 3, "limit": 1],
        [
            "map": "m1", "total": 41,
            "pairs": [
                [
                    "query_feature": 17, "key_feature": 301, "expected_contribution": 0.75, "heads": [0, 2, 3],
                    "contributions": [0.25, 0.375, 0.125],
                ]
            ], "next_cursor": "1",
        ]
    )
}

/// A feature pair and the heads that use it.
public struct SharedPair: Codable, Sendable, Hashable {
    /// A feature of the query side.
    public var query_feature: Int
    /// A feature of the key side.
    public var key_feature: Int
    /// The expected contributions' sum over the heads.
    public var expected_contribution: Float
    /// The heads that have an entry, ascending.
    public var heads: [Int]
    /// Each head's expected contribution.
    public var contributions: [Float]

    /// All facts.
    public init(query_feature: Int, key_feature: Int, expected_contribution: Float, heads: [Int], contributions: [Float]) {
        self.query_feature = query_feature
        self.key_feature = key_feature
        self.expected_contribution = expected_contribution
        self.heads = heads
        self.contributions = contributions
    }
}

extension SharedPair {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A feature pair and the heads that use it.",
        [
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .required("expected_contribution", .number("The expected contributions' sum over the heads.")),
            .required("heads", .array("The heads that have an entry, ascending.", of: .integer(in: 0...Int.max))),
            .required("contributions", .array("Each head's expected contribution.", of: .number())),
        ])
}
