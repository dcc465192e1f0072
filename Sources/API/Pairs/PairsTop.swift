// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `pairs.top`: lists a map's feature pairs, the strongest first.
public enum PairsTop: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// Only pairs with this feature of the query side.
        public var query_feature: Int?
        /// Only pairs with this feature of the key side.
        public var key_feature: Int?
        /// Only what this head reads.
        public var head: Int?
        /// Only entries whose expected contribution is at least so large.
        public var min_contribution: Float?
        /// Only entries whose mask is at least so large.
        public var min_mask: Float?
        /// What ranks the entries.
        public var order: PairOrder
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(
            map: String, query_feature: Int? = nil, key_feature: Int? = nil, head: Int? = nil, min_contribution: Float? = nil,
            min_mask: Float? = nil, order: PairOrder = .expected_contribution, limit: Int = 20, cursor: String? = nil
        ) {
            self.map = map
            self.query_feature = query_feature
            self.key_feature = key_feature
            self.head = head
            self.min_contribution = min_contribution
            self.min_mask = min_mask
            self.order = order
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// The entries.
        public var pairs: [PairEntry]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(map: String, pairs: [PairEntry], next_cursor: String? = nil) {
            self.map = map
            self.pairs = pairs
            self.next_cursor = next_cursor
        }
    }

    public static let name = "pairs.top"
    public static let summary = "Lists a map's feature pairs, the strongest first."
    public static let description = """
        By expected_contribution an index answers: microseconds. Of one feature, its entries are read and ranked. Ranked otherwise \
        without a feature, or with a min_mask that few entries reach, the whole map is walked: about a tenth of a second for a \
        million entries.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .optional("query_feature", Schema.queryFeature),
            .optional("key_feature", Schema.keyFeature),
            .optional("head", Schema.head),
            .optional("min_contribution", .number("Only entries whose expected contribution is at least so large.", from: 0)),
            .optional("min_mask", .share("Only entries whose mask is at least so large.")),
            .optional("order", PairOrder.schema, default: .string(PairOrder.expected_contribution.rawValue)),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("pairs", .array("The entries.", of: PairEntry.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static func encode(_ result: Result) -> JSON {
        var members: JSONObject = ["map": .string(result.map), "pairs": .array(result.pairs.map(\.json))]
        if let cursor = result.next_cursor { members["next_cursor"] = .string(cursor) }
        return .object(members)
    }

    public static let errors: [ErrorKind] = [
        .mapNotFound, .dictionaryNotFound, .featureOutOfRange, .headOutOfRange, .cursorInvalid,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "head": 2, "limit": 1],
        [
            "map": "m1",
            "pairs": [
                ["query_feature": 17, "key_feature": 301, "head": 2, "M": 1.25, "mask": 0.96, "expected_contribution": 0.375]
            ], "next_cursor": "1",
        ]
    )
}

/// What ranks a map's entries.
public enum PairOrder: String, Codable, Sendable, CaseIterable {
    /// Their expected contribution.
    case expected_contribution
    /// |M · mask|.
    case M
    /// Their mask.
    case mask
}

extension PairOrder {
    /// What it is on the wire.
    static let schema = Schema.string(
        "What ranks the entries: their expected contribution, |M · mask| or their mask.", oneOf: allCases.map(\.rawValue))
}
