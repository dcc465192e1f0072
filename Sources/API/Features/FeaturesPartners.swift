// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `features.partners`: lists the features of the other side that a map pairs a feature with.
public enum FeaturesPartners: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// The side of the feature.
        public var side: FeatureSide
        /// The feature.
        public var feature: Int
        /// Only what this head reads.
        public var head: Int?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(map: String, side: FeatureSide, feature: Int, head: Int? = nil, limit: Int = 20, cursor: String? = nil) {
            self.map = map
            self.side = side
            self.feature = feature
            self.head = head
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// The side of the feature.
        public var side: FeatureSide
        /// The feature.
        public var feature: Int
        /// How many partners there are in all.
        public var total: Int
        /// The pairs with them.
        public var partners: [SharedPair]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(
            map: String, side: FeatureSide, feature: Int, total: Int, partners: [SharedPair], next_cursor: String? = nil
        ) {
            self.map = map
            self.side = side
            self.feature = feature
            self.total = total
            self.partners = partners
            self.next_cursor = next_cursor
        }
    }

    public static let name = "features.partners"
    public static let summary = "Lists the features of the other side that a map pairs a feature with, the strongest first."
    public static let description = """
        Ranked by the expected contributions' sum over the heads. Reads the feature's own entries only.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .required("side", FeatureSide.schema),
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .optional("head", Schema.head),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("side", FeatureSide.schema),
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("total", .count("How many partners there are in all.")),
            .required("partners", .array("The pairs with them.", of: SharedPair.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [
        .mapNotFound, .dictionaryNotFound, .featureOutOfRange, .headOutOfRange, .cursorInvalid,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "side": "key", "feature": 301, "limit": 1],
        [
            "map": "m1", "side": "key", "feature": 301, "total": 12,
            "partners": [
                [
                    "query_feature": 17, "key_feature": 301, "expected_contribution": 0.75, "heads": [0, 2, 3],
                    "contributions": [0.25, 0.375, 0.125],
                ]
            ], "next_cursor": "1",
        ]
    )
}
