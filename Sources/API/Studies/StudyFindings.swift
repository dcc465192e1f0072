/// What a study has found; of each kind its own members.
public struct StudyFindings: Codable, Sendable, Hashable {
    /// Families: how many features of each autoencoder belong to which.
    public var families: [StudyFamilies]?
    /// Families: the most active features of each autoencoder.
    public var features: [StudyRole]?
    /// Polysemanticity: the heads.
    public var heads: [StudyHead]?
    /// Polysemanticity: the share of the heads with two live features or more that have two groups or more.
    public var polysemantic: Float?
    /// Answers: the features.
    public var answers: [StudyAnswerFeature]?
    /// Answers: what the autoencoders leave over does at the same places.
    public var errors: [StudyError]?
    /// Answers: the model's logit difference, mean over prompts.
    public var logit_difference: Float?
    /// Answers: how many prompts there were.
    public var prompts: Int?
    /// Answers: how many of them have the word that is changed.
    public var changed_prompts: Int?
    /// Prefixes: the heads' scores.
    public var prefixes: [StudyPrefixHead]?

    /// All facts.
    public init(
        families: [StudyFamilies]? = nil, features: [StudyRole]? = nil, heads: [StudyHead]? = nil, polysemantic: Float? = nil,
        answers: [StudyAnswerFeature]? = nil, errors: [StudyError]? = nil, logit_difference: Float? = nil, prompts: Int? = nil,
        changed_prompts: Int? = nil, prefixes: [StudyPrefixHead]? = nil
    ) {
        self.families = families
        self.features = features
        self.heads = heads
        self.polysemantic = polysemantic
        self.answers = answers
        self.errors = errors
        self.logit_difference = logit_difference
        self.prompts = prompts
        self.changed_prompts = changed_prompts
        self.prefixes = prefixes
    }
}

extension StudyFindings {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a study has found; of each kind its own members.",
        [
            .optional(
                "families",
                .array("Families: how many features of each autoencoder belong to which.", of: StudyFamilies.schema)),
            .optional("features", .array("Families: the most active features of each autoencoder.", of: StudyRole.schema)),
            .optional("heads", .array("Polysemanticity: the heads.", of: StudyHead.schema)),
            .optional(
                "polysemantic",
                .share(
                    "Polysemanticity: the share of the heads with two live features or more that have two groups or more.")),
            .optional("answers", .array("Answers: the features.", of: StudyAnswerFeature.schema)),
            .optional(
                "errors",
                .array("Answers: what the autoencoders leave over does at the same places.", of: StudyError.schema)),
            .optional("logit_difference", .number("Answers: the model's logit difference, mean over prompts.")),
            .optional("prompts", .count("Answers: how many prompts there were.")),
            .optional("changed_prompts", .count("Answers: how many of them have the word that is changed.")),
            .optional("prefixes", .array("Prefixes: the heads' scores.", of: StudyPrefixHead.schema)),
        ])
}
