/// What one pair of features adds to one score.
public struct PairPart: Codable, Sendable, Hashable {
    /// A feature of the query side.
    public var query_feature: Int
    /// A feature of the key side.
    public var key_feature: Int
    /// The query feature's activation at the destination.
    public var query_activation: Float
    /// The key feature's activation at the source.
    public var key_activation: Float
    /// What the pair adds to the score.
    public var contribution: Float
    /// |contribution| as a share of the sum of all parts' magnitudes.
    public var share: Float
    /// Whether the map's mask has left the pair; absent without a map.
    public var survives: Bool?
    /// The pattern's entry minus what it would be without this pair.
    public var pattern_effect: Float

    /// All facts.
    public init(
        query_feature: Int, key_feature: Int, query_activation: Float, key_activation: Float, contribution: Float,
        share: Float, survives: Bool? = nil, pattern_effect: Float
    ) {
        self.query_feature = query_feature
        self.key_feature = key_feature
        self.query_activation = query_activation
        self.key_activation = key_activation
        self.contribution = contribution
        self.share = share
        self.survives = survives
        self.pattern_effect = pattern_effect
    }
}

extension PairPart {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What one pair of features adds to one score.",
        [
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .required("query_activation", .number("The query feature's activation at the destination.")),
            .required("key_activation", .number("The key feature's activation at the source.")),
            .required("contribution", .number("What the pair adds to the score.")),
            .required("share", .share("|contribution| as a share of the sum of all parts' magnitudes.")),
            .optional("survives", .boolean("Whether the map's mask has left the pair; absent without a map.")),
            .required("pattern_effect", .number("The pattern's entry minus what it would be without this pair.")),
        ])
}
