private import Checkpoints
public import GPT2
public import Tensors

// How long a prefix heads need before they look where it was followed last time (specification 3.8):
//
// 1. A text of random tokens, none of them twice, after BOS. The p tokens at a1 are copied to a2, after the token that followed them.
// 2. A head's score is what the last token of the copy, at a2 + p − 1, gives to the token that followed the prefix, at a1 + p.
// 3. Means over texts, for each length. A head of induction by one token does as well with p = 1 as with any; one that needs more of a
//    prefix does not.

/// What heads give to the token after a copied prefix, by the prefix's length.
public struct PrefixInduction: Sendable {
    /// A text with a copy in it.
    public struct Trial: Sendable {
        /// [T].
        public let tokens: [Int32]
        /// The last token of the copy.
        public let destination: Int
        /// The token after the prefix.
        public let source: Int

        /// A random text.
        ///
        /// - Parameters:
        ///   - T: How many tokens, BOS included.
        ///   - prefix: How many are copied; 2·prefix + 1 of them must fit behind BOS.
        ///   - bos: The first token.
        ///   - d_vocab: How many tokens there are; at least T.
        ///   - generator: Where it comes from.
        public init(T: Int, prefix: Int, bos: Int32, d_vocab: Int, using generator: inout RandomGenerator) {
            precondition(prefix > 0 && T > 2 * prefix + 1 && d_vocab > T, "a prefix of \(prefix) tokens in \(T) of \(d_vocab)")
            let drawn = generator.permutation(d_vocab).lazy.map { Int32($0) }.filter { $0 != bos }
            var tokens = [bos] + drawn.prefix(T - 1)
            let first = 1 + Int(generator.next() % UInt64(T - 2 * prefix - 1))
            let second = first + prefix + 1 + Int(generator.next() % UInt64(T - 2 * prefix - first))
            for place in 0..<prefix { tokens[second + place] = tokens[first + place] }
            self.tokens = tokens
            (destination, source) = (second + prefix - 1, first + prefix)
        }
    }

    /// [L, H] Σ of the attention.
    private var sums: [Double]
    private var trials = 0
    private let model: GPT2Model

    /// Nothing counted yet, for one length.
    public init(_ model: GPT2Model) {
        self.model = model
        sums = Array(repeating: 0, count: model.configuration.n_layers * model.configuration.n_heads)
    }

    /// Takes in texts of one length.
    ///
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a pass up to the last layer's pattern.
    public mutating func add(_ trials: [Trial]) throws {
        let (L, H) = (model.configuration.n_layers, model.configuration.n_heads), T = trials[0].tokens.count
        var found = [Double](repeating: 0, count: L * H)
        var edits: [ActivationName: GPT2Model.Edit] = [:]
        for layer in 0..<L {
            // An edit that changes nothing sees the patterns without a copy.
            edits[ActivationName(.pattern, layer)] = { pattern in
                for (b, trial) in trials.enumerated() {
                    for head in 0..<H {
                        found[layer * H + head] += Double(pattern[((b * H + head) * T + trial.destination) * T + trial.source])
                    }
                }
            }
        }
        _ = try model.forward(TokenBatch(trials.flatMap(\.tokens), B: trials.count, T: T), capture: [], edits: edits)
        for place in sums.indices { sums[place] += found[place] }
        self.trials += trials.count
    }

    /// [L, H] the mean attention.
    public var scores: [Double] { sums.map { $0 / Double(max(trials, 1)) } }
}
