/// A pair that a head's look rests on, and what removing it does.
public struct RankedPair: Codable, Sendable, Hashable {
    /// A feature of the query side.
    public var query_feature: Int
    /// A feature of the key side.
    public var key_feature: Int
    /// Its strength, as the control measures it.
    public var strength: Float
    /// What removing it takes from the pattern at the sources asked about, in closed form, mean over prompts.
    public var effect: Float
    /// What it adds to the scores there, mean over prompts.
    public var contribution: Float
    /// Prompts in which it acts.
    public var prompts: Int
    /// What removing it alone takes from the logit difference.
    public var drop: Float
    /// What removing it and all pairs listed before it takes.
    public var drop_cumulative: Float
    /// On which tokens of the prompts the query feature fires most often.
    public var query_tokens: [TokenCount]
    /// On which tokens of the prompts the key feature fires most often.
    public var key_tokens: [TokenCount]

    /// All facts.
    public init(
        query_feature: Int, key_feature: Int, strength: Float, effect: Float, contribution: Float, prompts: Int,
        drop: Float, drop_cumulative: Float, query_tokens: [TokenCount], key_tokens: [TokenCount]
    ) {
        self.query_feature = query_feature
        self.key_feature = key_feature
        self.strength = strength
        self.effect = effect
        self.contribution = contribution
        self.prompts = prompts
        self.drop = drop
        self.drop_cumulative = drop_cumulative
        self.query_tokens = query_tokens
        self.key_tokens = key_tokens
    }
}

extension RankedPair {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A pair that a head's look rests on, and what removing it does.",
        [
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .required("strength", .number("Its strength, as the control measures it.")),
            .required(
                "effect",
                .number(
                    "What removing it takes from the pattern at the sources asked about, in closed form, mean over "
                        + "prompts.")),
            .required("contribution", .number("What it adds to the scores there, mean over prompts.")),
            .required("prompts", .count("Prompts in which it acts.")),
            .required("drop", .number("What removing it alone takes from the logit difference.")),
            .required("drop_cumulative", .number("What removing it and all pairs listed before it takes.")),
            .required(
                "query_tokens",
                .array("On which tokens of the prompts the query feature fires most often.", of: TokenCount.schema)),
            .required(
                "key_tokens", .array("On which tokens of the prompts the key feature fires most often.", of: TokenCount.schema)),
        ])
}
