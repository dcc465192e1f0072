/// One head's look from one position at another, taken apart.
public struct HeadExplanation: Codable, Sendable, Hashable {
    /// The head within its layer, counted from 0.
    public var head: Int
    /// The position that is looked at.
    public var source: Int
    /// The text of the token that is looked at.
    public var source_piece: String
    /// The model's own score, divided by √d_head.
    public var attn_score: Float
    /// The model's own pattern.
    public var pattern: Float
    /// The pattern from the pairs that the mask has left; absent without a map.
    public var pattern_masked_map: Float?
    /// The strongest pairs by the magnitude of their contribution.
    public var pairs: [PairPart]
    /// The nine parts.
    public var parts: [ScorePart]
    /// How many pairs are active.
    public var feature_pairs: Int
    /// What they add to the score.
    public var feature_pairs_sum: Float
    /// How many of them the mask has left; absent without a map.
    public var surviving_pairs: Int?
    /// What those add to the score; absent without a map.
    public var surviving_pairs_sum: Float?
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
        head: Int, source: Int, source_piece: String, attn_score: Float, pattern: Float, pattern_masked_map: Float? = nil,
        pairs: [PairPart], parts: [ScorePart], feature_pairs: Int, feature_pairs_sum: Float, surviving_pairs: Int? = nil,
        surviving_pairs_sum: Float? = nil, query_features: [FeatureMarginal], key_features: [FeatureMarginal],
        bias_share: Float, error_share: Float, identity_residual: Float
    ) {
        self.head = head
        self.source = source
        self.source_piece = source_piece
        self.attn_score = attn_score
        self.pattern = pattern
        self.pattern_masked_map = pattern_masked_map
        self.pairs = pairs
        self.parts = parts
        self.feature_pairs = feature_pairs
        self.feature_pairs_sum = feature_pairs_sum
        self.surviving_pairs = surviving_pairs
        self.surviving_pairs_sum = surviving_pairs_sum
        self.query_features = query_features
        self.key_features = key_features
        self.bias_share = bias_share
        self.error_share = error_share
        self.identity_residual = identity_residual
    }
}

extension HeadExplanation {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One head's look from one position at another, taken apart.",
        [
            .required("head", Schema.head),
            .required("source", .position("The position that is looked at.")),
            .required("source_piece", .string("The text of the token that is looked at.")),
            .required("attn_score", .number("The model's own score, divided by √d_head.")),
            .required("pattern", .share("The model's own pattern.")),
            .optional("pattern_masked_map", .share("The pattern from the pairs that the mask has left; absent without a map.")),
            .required("pairs", .array("The strongest pairs by the magnitude of their contribution.", of: PairPart.schema)),
            .required("parts", .array("The nine parts.", of: ScorePart.schema)),
            .required("feature_pairs", .count("How many pairs are active.")),
            .required("feature_pairs_sum", .number("What they add to the score.")),
            .optional("surviving_pairs", .count("How many of them the mask has left; absent without a map.")),
            .optional("surviving_pairs_sum", .number("What those add to the score; absent without a map.")),
            .required("query_features", .array("The strongest features at the destination.", of: FeatureMarginal.schema)),
            .required("key_features", .array("The strongest features at the source.", of: FeatureMarginal.schema)),
            .required(
                "bias_share",
                .share("The share, of the sum of all parts' magnitudes, of those with a bias and without an error.")),
            .required("error_share", .share("The error parts' share of the sum of all parts' magnitudes.")),
            .required("identity_residual", .number("The sum of all parts minus the model's score.")),
        ])
}
