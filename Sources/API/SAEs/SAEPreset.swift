/// Settings of a sparse autoencoder's training that go together; each can be overridden.
public enum SAEPreset: String, Codable, Sendable, CaseIterable {
    /// An autoencoder of the embedded model in a minute: BatchTopK with 8 features per token.
    case demo
    /// The published runs on attention outputs: ReLU with L1, rows that are begun again when they are dead; 100 M tokens.
    case kissane2024 = "kissane-2024"
    /// The 32 largest of each token; 100 M tokens.
    case topk
    /// The 32 largest per token of the whole batch; 100 M tokens.
    case batchtopk
    /// Trained thresholds; 100 M tokens.
    case jumprelu
}
