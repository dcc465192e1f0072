/// One attention score as a sum of feature pairs, decoder biases, errors and projection biases; see ``ResidualLook``.
public struct ResidualDecomposition: Sendable {
    /// Which part of a query or key a term is.
    public enum Term: String, Sendable, CaseIterable {
        /// What the features read as, Σ f_a d_a.
        case feature
        /// What the autoencoder's b_dec reads as.
        case b_dec
        /// What the autoencoder leaves.
        case error
        /// b_Q or b_K, the LayerNorm's bias in it.
        case projection_bias
    }

    /// One of the sixteen blocks.
    public struct Block: Sendable {
        /// The query's term.
        public let query: Term
        /// The key's term.
        public let key: Term
        /// Its share of the score, scaled as the score is.
        public let value: Double

        /// Whether the block is the same for every source, so that softmax does not see it.
        public var isSoftmaxIrrelevant: Bool { key == .projection_bias }
    }

    /// The model's own score, scaled.
    public let score: Double
    /// The sixteen blocks, query side first.
    public let blocks: [Block]
    /// Every active pair; they sum to the first block.
    public let pairs: [ScoreDecomposition.Pair]
    /// The query side's features, each with the whole of the key.
    public let queryFeatures: [ScoreDecomposition.Marginal]
    /// The key side's features, each with the whole of the query.
    public let keyFeatures: [ScoreDecomposition.Marginal]

    /// Σ|parts|, the pairs one by one and the other fifteen blocks.
    public var magnitude: Double {
        pairs.reduce(0) { $0 + abs($1.contribution) } + blocks.dropFirst().reduce(0) { $0 + abs($1.value) }
    }

    /// Σ|parts with an error on either side| / Σ|parts|.
    public var errorShare: Double { share { $0.query == .error || $0.key == .error } }

    /// Σ|parts with a bias and without an error| / Σ|parts|.
    public var biasShare: Double {
        share { block in
            let terms = [block.query, block.key]
            return !terms.contains(.error) && (terms.contains(.b_dec) || terms.contains(.projection_bias))
        }
    }

    private func share(_ counts: (Block) -> Bool) -> Double {
        let part = blocks.filter(counts).reduce(0) { $0 + abs($1.value) }
        return magnitude > 0 ? part / magnitude : 0
    }

    /// The sum of all parts less the model's own score.
    public var residual: Double { blocks.reduce(0) { $0 + $1.value } - score }
}
