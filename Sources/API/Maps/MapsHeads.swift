// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.heads`: sums up what each head of a map uses.
public enum MapsHeads: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map's name, as in `m1`.
        public var map: String

        /// All parameters.
        public init(map: String) { self.map = map }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// Its layer.
        public var layer: Int
        /// The heads, all of the layer's.
        public var heads: [MapHead]

        /// All facts.
        public init(map: String, layer: Int, heads: [MapHead]) {
            self.map = map
            self.layer = layer
            self.heads = heads
        }
    }

    public static let name = "maps.heads"
    public static let summary = "Sums up what each head of a map uses."
    public static let description = """
        effective_pairs is the exponential of the entropy of the pairs' shares of the head's contribution: the number of equally strong \
        pairs that would be as spread out. Walks the whole map: about a tenth of a second for a million entries.
        """
    public static let params = Schema.object("", [.required("map", .name("The map's name, as in m1."))])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("layer", Schema.layer),
            .required("heads", .array("The heads, all of the layer's.", of: MapHead.schema)),
        ])
    public static let errors: [ErrorKind] = [.mapNotFound, .dictionaryNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1"],
        [
            "map": "m1", "layer": 0,
            "heads": [
                [
                    "head": 0, "pairs": 861, "shared_pairs": 402, "query_features": 96, "key_features": 61,
                    "expected_contribution": 14.5, "share": 0.31, "effective_pairs": 42.7,
                    "top": [
                        "query_feature": 17, "key_feature": 301, "head": 0, "M": 1.25, "mask": 0.96,
                        "expected_contribution": 0.375,
                    ],
                ]
            ],
        ]
    )
}

/// What one head of a map uses.
public struct MapHead: Codable, Sendable, Hashable {
    /// The head.
    public var head: Int
    /// The pairs that it has an entry of.
    public var pairs: Int
    /// Those among them that another head has an entry of too.
    public var shared_pairs: Int
    /// Query features in those pairs.
    public var query_features: Int
    /// Key features in those pairs.
    public var key_features: Int
    /// The expected contributions' sum.
    public var expected_contribution: Double
    /// That sum as a share of the map's.
    public var share: Double
    /// How many equally strong pairs would be as spread out.
    public var effective_pairs: Double
    /// The pair with the largest expected contribution; absent for a head without pairs.
    public var top: PairEntry?

    /// All facts.
    public init(
        head: Int, pairs: Int = 0, shared_pairs: Int = 0, query_features: Int = 0, key_features: Int = 0,
        expected_contribution: Double = 0, share: Double = 0, effective_pairs: Double = 0, top: PairEntry? = nil
    ) {
        self.head = head
        self.pairs = pairs
        self.shared_pairs = shared_pairs
        self.query_features = query_features
        self.key_features = key_features
        self.expected_contribution = expected_contribution
        self.share = share
        self.effective_pairs = effective_pairs
        self.top = top
    }
}

extension MapHead {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What one head of a map uses.",
        [
            .required("head", Schema.head),
            .required("pairs", .count("The pairs that it has an entry of.")),
            .required("shared_pairs", .count("Those among them that another head has an entry of too.")),
            .required("query_features", .count("Query features in those pairs.")),
            .required("key_features", .count("Key features in those pairs.")),
            .required("expected_contribution", .number("The expected contributions' sum.", from: 0)),
            .required("share", .share("That sum as a share of the map's.")),
            .required("effective_pairs", .number("How many equally strong pairs would be as spread out.", from: 0)),
            .optional("top", PairEntry.schema),
        ])
}
