public import Dictionaries
internal import Tensors

// How much of the attention A_s that a look gives a source each part of its score is responsible for. The score S_s is the sum of its parts c_p,
// the pairs of features one by one and the blocks with a bias or an error (``ScoreDecomposition``). Two ways:
//
// - by the pattern: along the way from no scores at all, A(t) = softmax(t·S), a part moves A_s by
//   ∫₀¹ A_s(t) (c_p,s − Σ_j A_j(t) c_p,j) dt, with c_p,j what it adds at every source j. All parts together move it from 1/n of n sources, which
//   stays as uniform, to A_s; what is the same for every source moves nothing. The share is that over A_s, negative for what speaks against the
//   look, and all shares sum to 1: the sum is the softmax of the parts' sums over the model's own A_s.
//   *Source:* Sundararajan et al. 2017, integrated gradients, of which the sum is a theorem.
// - by the score: a part's share is c_p / Σ_q |c_q|: by its magnitude the share that `attention.explain` tells, with the sign of c_p, negative for
//   what speaks against the look. It says what the score is made of, not the attention; all shares sum to S_s / Σ_q |c_q|, with the model's own
//   score.
//
// A pair (a, b) adds f_a f_b,j d_a·d_b at source j, with f_b,j what b's activation is there, so that c_p,j = c_p,s f_b,j / f_b,s: its integral
// depends on b alone, and no source but the look's own is taken apart into pairs.

/// What the parts of a look's score are responsible for of its attention, in shares.
public struct PatternShares: Sendable {
    /// How shares are told.
    public enum Measure: String, Sendable, CaseIterable {
        /// By what moves the pattern.
        case pattern
        /// By the score's parts.
        case score
    }

    /// A pair of features.
    public struct Pair: Sendable {
        /// The pair, with what it adds to the score.
        public let pair: ScoreDecomposition.Pair
        /// Whether the map's mask has left it in this head.
        public let survives: Bool
        /// Its share of the attention.
        public let share: Double
    }

    /// What the head gives the source, and the scaled score.
    public let attention: Double, score: Double
    /// Every active pair, those with the largest shares first.
    public let pairs: [Pair]
    /// The shares of parts with a bias and no error, and of those with an error.
    public let bias: Double, error: Double
    /// By the pattern, the share of what pairs do that act at other sources only, and the share that no score is needed for, that of 1/n in
    /// the attention; by the score both 0.
    public let elsewhere: Double, uniform: Double
    /// What all shares sum to: 1 by the pattern; by the score, the model's own over Σ|parts|.
    public let whole: Double

    /// The whole less all shares: rounding, and by the pattern the quadrature's.
    public var residual: Double { pairs.reduce(whole - bias - error - elsewhere - uniform) { $0 - $1.share } }

    /// Finds the shares of one look.
    ///
    /// - Parameters:
    ///   - look: A prompt's looks at the dictionary's layer.
    ///   - map: A map of the same dictionary.
    ///   - head: The head.
    ///   - destination: Where it looks from.
    ///   - source: Where it looks.
    ///   - measure: How shares are told.
    /// - Complexity: O(active pairs · K); by the pattern, that of the path besides.
    public init(_ look: AttentionLook, _ map: FeatureMap, head: Int, destination: Int, source: Int, by measure: Measure) {
        let path = measure == .pattern ? PatternPath(look, head: head, destination: destination) : nil
        self.init(look, map, head: head, destination: destination, source: source, along: path)
    }

    /// Finds the shares of one of several looks.
    ///
    /// - Parameter path: The way of the head's pattern at the destination; nil for shares by the score.
    /// - Complexity: O(active pairs · K); by the pattern 48·n for each active feature of n sources besides.
    public init(_ look: AttentionLook, _ map: FeatureMap, head: Int, destination: Int, source: Int, along path: PatternPath?) {
        let found = look.decomposition(head: head, destination: destination, source: source)
        let own = Double(look.pattern.values[(head * look.T + destination) * look.T + source])
        let shares = path.map { Shares(found, look, $0, source: source, own) } ?? Shares(found)
        (attention, score) = (own, found.score)
        pairs = zip(found.pairs, shares.pairs).map { pair, share in
            Pair(pair: pair, survives: map.survives(query: pair.query, key: pair.key, head: head), share: share)
        }.sorted { abs($0.share) > abs($1.share) }
        (bias, error) = (shares.bias, shares.error)
        (elsewhere, uniform, whole) = (shares.elsewhere, shares.uniform, shares.whole)
    }

    private struct Shares {
        /// In the order of the source's own decomposition.
        let pairs: [Double]
        let bias: Double, error: Double, elsewhere: Double, uniform: Double, whole: Double

        /// By the score; where it has no parts all are 0.
        init(_ parts: ScoreDecomposition) {
            let magnitude = parts.magnitude, perMagnitude = magnitude > 0 ? 1 / magnitude : 0
            pairs = parts.pairs.map { $0.contribution * perMagnitude }
            let blocks = parts.blocks.dropFirst().map { (hasError: $0.query == .error || $0.key == .error, $0.value) }
            bias = blocks.reduce(0) { $0 + ($1.hasError ? 0 : $1.1) } * perMagnitude
            error = blocks.reduce(0) { $0 + ($1.hasError ? $1.1 : 0) } * perMagnitude
            (elsewhere, uniform, whole) = (0, 0, parts.score * perMagnitude)
        }

        /// By the pattern.
        init(_ parts: ScoreDecomposition, _ look: AttentionLook, _ path: PatternPath, source: Int, _ attention: Double) {
            let relative = PatternShares.activations(look.key, path.destination, over: source)
            let moved = relative.mapValues { path.moved($0, to: source) }, perAttention = attention > 0 ? 1 / attention : 0
            let pairs = parts.pairs.map { $0.contribution * (moved[$0.key] ?? 0) * perAttention }
            self.pairs = pairs
            bias = path.moved(path.sums.biases, to: source) * perAttention
            error = path.moved(path.sums.errors, to: source) * perAttention
            elsewhere = pairs.reduce(path.moved(path.sums.features, to: source) * perAttention, -)
            uniform = attention > 0 ? 1 / (Double(path.destination + 1) * attention) : 1
            whole = 1
        }
    }

    /// Of each feature that is active at a source, [n] its activations at all n sources over that one.
    private static func activations(_ key: SparseRows, _ destination: Int, over source: Int) -> [Int32: [Double]] {
        let own = key.range(source)
        var found: [Int32: [Double]] = [:]
        for place in own { found[key.indices[place]] = Array(repeating: 0, count: destination + 1) }
        let values = Dictionary(uniqueKeysWithValues: own.map { (key.indices[$0], Double(key.values[$0])) })
        for j in 0...destination {
            for place in key.range(j) {
                let feature = key.indices[place]
                if let value = values[feature] { found[feature]?[j] = Double(key.values[place]) / value }
            }
        }
        return found
    }
}
