// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `pairs.examples`: shows where a pair of features acts, from the examples that were collected.
public enum PairsExamples: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// A feature of the query side.
        public var query_feature: Int
        /// A feature of the key side.
        public var key_feature: Int
        /// The head whose contributions and effects are shown; the one with the greatest effects if absent.
        public var head: Int?
        /// How many examples of each list.
        public var limit: Int
        /// How many tokens either side of each position.
        public var window: Int

        /// All parameters.
        public init(map: String, query_feature: Int, key_feature: Int, head: Int? = nil, limit: Int = 10, window: Int = 8) {
            self.map = map
            self.query_feature = query_feature
            self.key_feature = key_feature
            self.head = head
            self.limit = limit
            self.window = window
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// A feature of the query side.
        public var query_feature: Int
        /// A feature of the key side.
        public var key_feature: Int
        /// The head that the lists of examples are of.
        public var head: Int
        /// In how many places (destination, source) both features are active.
        public var places: Int
        /// The share of them with their source at position 0, which is BOS.
        public var share_at_BOS: Float
        /// Every head in which the map keeps the pair.
        public var heads: [PairHeadFigures]
        /// How far destinations lie from their sources.
        public var distances: [DistanceCount]
        /// The tokens at the destinations.
        public var destination_tokens: [TokenCount]
        /// The tokens at the sources.
        public var source_tokens: [TokenCount]
        /// Where the contribution's magnitude is greatest.
        public var by_contribution: [PairExample]
        /// Where the effect's magnitude is greatest.
        public var by_effect: [PairExample]
        /// An even sample of all places, greatest magnitude of the contribution first.
        public var quantiles: [PairExample]
        /// What the examples were collected from.
        public var collected: ExamplesInfo

        /// All facts.
        public init(
            map: String, query_feature: Int, key_feature: Int, head: Int, places: Int, share_at_BOS: Float,
            heads: [PairHeadFigures], distances: [DistanceCount], destination_tokens: [TokenCount],
            source_tokens: [TokenCount], by_contribution: [PairExample], by_effect: [PairExample], quantiles: [PairExample],
            collected: ExamplesInfo
        ) {
            self.map = map
            self.query_feature = query_feature
            self.key_feature = key_feature
            self.head = head
            self.places = places
            self.share_at_BOS = share_at_BOS
            self.heads = heads
            self.distances = distances
            self.destination_tokens = destination_tokens
            self.source_tokens = source_tokens
            self.by_contribution = by_contribution
            self.by_effect = by_effect
            self.quantiles = quantiles
            self.collected = collected
        }
    }

    public static let name = "pairs.examples"
    public static let summary = "Shows where a pair of features acts, from the examples that were collected."
    public static let description = """
        Read from the store: no arithmetic, whatever the length of the text. examples.collect comes first. Counts of tokens are what is \
        certain: of tokens that are rare among many they may be too low.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .optional(
                "head",
                .integer(
                    "The head whose contributions and effects are shown; the one with the greatest effects if absent.",
                    in: 0...Int.max)),
            .optional("limit", .integer("How many examples of each list.", in: 1...100), default: 10),
            .optional("window", .integer("How many tokens either side of each position.", in: 0...64), default: 8),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .required("head", Schema.head),
            .required("places", .count("In how many places (destination, source) both features are active.")),
            .required("share_at_BOS", .share("The share of them with their source at position 0, which is BOS.")),
            .required("heads", .array("Every head in which the map keeps the pair.", of: PairHeadFigures.schema)),
            .required("distances", .array("How far destinations lie from their sources.", of: DistanceCount.schema)),
            .required("destination_tokens", .array("The tokens at the destinations.", of: TokenCount.schema)),
            .required("source_tokens", .array("The tokens at the sources.", of: TokenCount.schema)),
            .required("by_contribution", .array("Where the contribution's magnitude is greatest.", of: PairExample.schema)),
            .required("by_effect", .array("Where the effect's magnitude is greatest.", of: PairExample.schema)),
            .required(
                "quantiles",
                .array(
                    "An even sample of all places, greatest magnitude of the contribution first.", of: PairExample.schema)),
            .required("collected", ExamplesInfo.schema),
        ])
    public static let errors: [ErrorKind] = [
        .mapNotFound, .dictionaryNotFound, .featureOutOfRange, .headOutOfRange, .pairNotFound, .examplesNotFound, .modelNotFound,
        .dictionaryModelMismatch,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "query_feature": 17, "key_feature": 301, "limit": 3], nil
    )
}
