// Exact decomposition of one attention score (specification 1.9):
//
// 1. At the destination, q = Σ f_a W_dec^Q[a] + b_out^Q + e^Q, where the error e^Q is what the dictionary leaves of the model's own
//    query; the same for k at the source.
// 2. The product expands into nine blocks, {features, bias, error} × {features, bias, error}; features × features splits into pairs.
// 3. All products are taken in double precision, so the blocks sum to the model's score up to the rounding of the score itself.
// 4. Removing a pair (a, b) at this destination removes it at every source where b is active: with c_j the pair's contribution at
//    source j, A'_j ∝ A_j exp(−c_j), and the pair's effect on the pattern is A − A' at this source.

/// One attention score as a sum of feature pairs, biases and errors.
public struct ScoreDecomposition: Sendable {
    /// Which side of a product a term comes from.
    public enum Term: String, Sendable, CaseIterable {
        case feature, bias, error
    }

    /// One of the nine blocks.
    public struct Block: Sendable {
        /// The query's term.
        public let query: Term
        /// The key's term.
        public let key: Term
        /// Its share of the score, scaled as the score is.
        public let value: Double

        /// Whether the block is the same for every source, so that softmax does not see it: its key side is the constant b_out^K.
        public var isSoftmaxIrrelevant: Bool { key == .bias }
    }

    /// One active pair of features.
    public struct Pair: Sendable {
        /// The feature of the query side.
        public let query: Int32
        /// The feature of the key side.
        public let key: Int32
        /// Activation at the destination.
        public let queryActivation: Float
        /// Activation at the source.
        public let keyActivation: Float
        /// What it adds to the score.
        public let contribution: Double
    }

    /// One active feature of either side.
    public struct Marginal: Sendable {
        /// The feature.
        public let feature: Int32
        /// Its activation.
        public let activation: Float
        /// Its product with the whole of the other side: features, bias and error.
        public let contribution: Double
    }

    /// The model's own score, scaled.
    public let score: Double
    /// The nine blocks, query side first.
    public let blocks: [Block]
    /// Every active pair; they sum to the first block.
    public let pairs: [Pair]
    /// The query side's features.
    public let queryFeatures: [Marginal]
    /// The key side's features.
    public let keyFeatures: [Marginal]

    /// Σ|parts|, the pairs one by one and the other eight blocks.
    public var magnitude: Double {
        pairs.reduce(0) { $0 + abs($1.contribution) } + blocks.dropFirst().reduce(0) { $0 + abs($1.value) }
    }

    /// Σ|parts with an error on either side| / Σ|parts|.
    public var errorShare: Double { share { $0.query == .error || $0.key == .error } }

    /// Σ|parts with a bias and without an error| / Σ|parts|.
    public var biasShare: Double {
        share { $0.query != .error && $0.key != .error && ($0.query == .bias || $0.key == .bias) }
    }

    private func share(_ counts: (Block) -> Bool) -> Double {
        let part = blocks.filter(counts).reduce(0) { $0 + abs($1.value) }
        return magnitude > 0 ? part / magnitude : 0
    }

    /// The sum of all parts less the model's own score.
    public var residual: Double { blocks.reduce(0) { $0 + $1.value } - score }
}

/// What a head's scores from one destination are made of at each source, in three parts that sum to the score.
public struct ScoreSums: Sendable {
    /// [n] of n sources: all pairs of features, the blocks with a bias and no error, and those with an error.
    public internal(set) var features: [Double] = [], biases: [Double] = [], errors: [Double] = []
}
