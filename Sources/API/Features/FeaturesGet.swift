// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `features.get`: says what features read and write, from their weights alone.
public enum FeaturesGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary, as in `d1`.
        public var dictionary: String
        /// The side of the features.
        public var side: FeatureSide
        /// The features.
        public var features: [Int]
        /// How many tokens of each list.
        public var limit: Int

        /// All parameters.
        public init(dictionary: String, side: FeatureSide, features: [Int], limit: Int = 8) {
            (self.dictionary, self.side, self.features, self.limit) = (dictionary, side, features, limit)
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The dictionary.
        public var dictionary: String
        /// The layer, counted from 0.
        public var layer: Int
        /// The side of the features.
        public var side: FeatureSide
        /// The features, in the order asked for.
        public var features: [FeatureWeights]

        /// All facts.
        public init(dictionary: String, layer: Int, side: FeatureSide, features: [FeatureWeights]) {
            (self.dictionary, self.layer, self.side, self.features) = (dictionary, layer, side, features)
        }
    }

    public static let name = "features.get"
    public static let summary = "Says what features read and write, from their weights alone."
    public static let description = """
        The norms of encoder and decoder, the decoder's head by head, and three lists of tokens: whose embedding alone, normalised and \
        without a position, raises or lowers the pre-activation; whose embedding's keys the decoder row of a query feature scores highest \
        (queries for a key feature), in the head that it writes most to; and which tokens the direction that the feature reads promotes at \
        the model's output. The deeper the layer, the less an embedding alone tells.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary, as in d1.")),
            .required("side", FeatureSide.schema),
            .required("features", .array("The features.", of: .integer(in: 0...Int.max), count: 1...64)),
            .optional("limit", .integer("How many tokens of each list.", in: 1...100), default: 8),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("dictionary", .name("The dictionary.")),
            .required("layer", Schema.layer),
            .required("side", FeatureSide.schema),
            .required("features", .array("The features, in the order asked for.", of: FeatureWeights.schema)),
        ])
    public static let errors: [ErrorKind] = [.dictionaryNotFound, .featureOutOfRange, .modelNotFound, .dictionaryModelMismatch]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1", "side": "key", "features": [301], "limit": 1], nil
    )
}
