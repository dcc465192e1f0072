/// Settings of a training that go together; each can be overridden.
public enum TrainingPreset: String, Codable, Sendable, CaseIterable {
    /// A dictionary of the embedded model in a minute: ReLU with the √ penalty, a large learning rate.
    case demo
    /// BatchTopK with 16 features per token and side, dead features revived; 100 M tokens.
    case recommended
    /// The first published runs: ReLU with the √ penalty, decoder rows of unit norm; 200 M tokens.
    case asPublished = "as-published"
    /// The runs of August 2024: as published, but free norms and a larger learning rate along a cosine; 200 M tokens.
    case published2024_08 = "published-2024-08"
}

/// How features are chosen.
public enum FeatureActivation: String, Codable, Sendable, CaseIterable {
    /// Those with positive pre-activations.
    case relu
    /// The k largest of each token.
    case topk
    /// The k largest per token of the whole batch.
    case batchtopk
    /// Those above thresholds that are trained.
    case jumprelu
}

/// What keeps the features of `relu` few.
public enum FeaturePenalty: String, Codable, Sendable, CaseIterable {
    /// Σ √(n f + ε), n the norm of the feature's decoder row.
    case root
    /// Σ n f.
    case l1
}

/// What is held about the norms of the decoder's rows.
public enum DecoderNormRule: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case free
    /// Each is 1.
    case unit
}
