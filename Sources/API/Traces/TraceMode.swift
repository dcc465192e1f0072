/// How the signal of a look is told from the rest of its score, and what the links of a trace weigh.
public enum TraceMode: String, Codable, Sendable, Hashable, CaseIterable {
    case score_sum, relative_attention, softmax_greedy
}

extension TraceMode {
    /// What it is on the wire.
    static let schema = Schema.string(
        "How a look's signal is told from the rest of its score, and what links weigh: by the sum of the score and what heads add to the "
            + "signal (2024); by the score against other sources' and what heads, MLPs, biases and embeddings add to that (2025); by what "
            + "the attention falls by when they are taken from the scores (2026).", oneOf: allCases.map(\.rawValue))
}
