/// One head's look from one position at another, taken apart by a dictionary of the residual stream.
public struct LookExplanation: Codable, Sendable, Hashable {
    /// The head, counted from 0.
    public var head: Int
    /// The position that is looked at.
    public var source: Int
    /// The text of the token that is looked at.
    public var source_piece: String
    /// The model's own score, divided by √d_head.
    public var attn_score: Float
    /// The model's own pattern.
    public var pattern: Float
    /// The strongest pairs by the magnitude of their contribution.
    public var pairs: [PairPart]
    /// The sixteen parts.
    public var parts: [LookPart]
    /// How many pairs are active.
    public var feature_pairs: Int
    /// What they add to the score.
    public var feature_pairs_sum: Float
    /// The strongest features at the destination.
    public var query_features: [FeatureMarginal]
    /// The strongest features at the source.
    public var key_features: [FeatureMarginal]
    /// The share, of the sum of all parts' magnitudes, of those with a bias and without an error.
    public var bias_share: Float
    /// The error parts' share of the sum of all parts' magnitudes.
    public var error_share: Float
    /// The sum of all parts minus the model's score.
    public var identity_residual: Float

    /// All facts.
    public init(
        head: Int, source: Int, source_piece: String, attn_score: Float, pattern: Float, pairs: [PairPart], parts: [LookPart],
        feature_pairs: Int, feature_pairs_sum: Float, query_features: [FeatureMarginal], key_features: [FeatureMarginal],
        bias_share: Float, error_share: Float, identity_residual: Float
    ) {
        self.head = head
        self.source = source
        self.source_piece = source_piece
        self.attn_score = attn_score
        self.pattern = pattern
        self.pairs = pairs
        self.parts = parts
        self.feature_pairs = feature_pairs
        self.feature_pairs_sum = feature_pairs_sum
        self.query_features = query_features
        self.key_features = key_features
        self.bias_share = bias_share
        self.error_share = error_share
        self.identity_residual = identity_residual
    }
}

extension LookExplanation {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One head's look from one position at another, taken apart by a dictionary of the residual stream.",
        [
            .required("head", Schema.head),
            .required("source", .position("The position that is looked at.")),
            .required("source_piece", .string("The text of the token that is looked at.")),
            .required("attn_score", .number("The model's own score, divided by √d_head.")),
            .required("pattern", .share("The model's own pattern.")),
            .required("pairs", .array("The strongest pairs by the magnitude of their contribution.", of: PairPart.schema)),
            .required("parts", .array("The sixteen parts.", of: LookPart.schema)),
            .required("feature_pairs", .count("How many pairs are active.")),
            .required("feature_pairs_sum", .number("What they add to the score.")),
            .required("query_features", .array("The strongest features at the destination.", of: FeatureMarginal.schema)),
            .required("key_features", .array("The strongest features at the source.", of: FeatureMarginal.schema)),
            .required(
                "bias_share",
                .share("The share, of the sum of all parts' magnitudes, of those with a bias and without an error.")),
            .required("error_share", .share("The error parts' share of the sum of all parts' magnitudes.")),
            .required("identity_residual", .number("The sum of all parts minus the model's score.")),
        ])
}

/// One of the sixteen parts that sum to a score.
public struct LookPart: Codable, Sendable, Hashable {
    /// What a query or key is the sum of.
    public enum Term: String, Codable, Sendable, CaseIterable {
        /// The features; the autoencoder's b_dec; what it leaves; b_Q or b_K.
        case feature, b_dec, error, projection_bias
    }

    /// The query's term.
    public var query: Term
    /// The key's term.
    public var key: Term
    /// What it adds to the score.
    public var value: Float
    /// Whether it is the same for every source, so that the softmax removes it.
    public var is_softmax_irrelevant: Bool

    /// All facts.
    public init(query: Term, key: Term, value: Float, is_softmax_irrelevant: Bool) {
        self.query = query
        self.key = key
        self.value = value
        self.is_softmax_irrelevant = is_softmax_irrelevant
    }
}

extension LookPart {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One of the sixteen parts that sum to a score.",
        [
            .required("query", .string("The query's term.", oneOf: Term.allCases.map(\.rawValue))),
            .required("key", .string("The key's term.", oneOf: Term.allCases.map(\.rawValue))),
            .required("value", .number("What it adds to the score.")),
            .required(
                "is_softmax_irrelevant", .boolean("Whether it is the same for every source, so that the softmax removes it.")),
        ])
}
