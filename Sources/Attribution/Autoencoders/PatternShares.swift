internal import Checkpoints
public import Dictionaries
internal import GPT2
internal import Tensors

// How much of the attention A_s that a look gives a source each part of its score is responsible for. The score S_s is the sum of its parts c_p,
// the pairs of features one by one and the blocks with a bias or an error (``ScoreDecomposition``). Two ways, each of which sums to A_s:
//
// - by the score: a part's share is |c_p| / Σ_q |c_q|, the share that `attention.explain` tells. It says what the score is made of; the sign of
//   c_p says whether the part speaks for the look or against it.
// - by the pattern: along the way from no scores at all, A(t) = softmax(t·S), a part moves A_s by
//   ∫₀¹ A_s(t) (c_p,s − Σ_j A_j(t) c_p,j) dt, with c_p,j what it adds at every source j. All parts together move it from 1/n of n sources, which
//   stays as uniform, to A_s; what is the same for every source moves nothing. The share is that over A_s, negative for what speaks against the
//   look.
//   *Source:* Sundararajan et al. 2017, integrated gradients, of which the sum is a theorem.

/// What the parts of a look's score are responsible for of its attention, in shares that sum to 1.
public struct PatternShares: Sendable {
    /// How shares are told.
    public enum Measure: String, Sendable, CaseIterable {
        /// By magnitudes of the score's parts.
        case score
        /// By what moves the pattern.
        case pattern
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

    /// 1 less all shares: rounding, and by the pattern the quadrature's.
    public var residual: Double { pairs.reduce(1 - bias - error - elsewhere - uniform) { $0 - $1.share } }

    /// Nodes of the quadrature: exact to 1e-9 for scores up to 50.
    private static let nodes = 48

    /// Finds the shares.
    ///
    /// - Parameters:
    ///   - look: A prompt's looks at the dictionary's layer.
    ///   - map: A map of the same dictionary.
    ///   - head: The head.
    ///   - destination: Where it looks from.
    ///   - source: Where it looks.
    ///   - measure: How shares are told.
    /// - Complexity: O(active pairs · K); by the pattern, of all sources.
    public init(_ look: AttentionLook, _ map: FeatureMap, head: Int, destination: Int, source: Int, by measure: Measure) {
        let row = (head * look.T + destination) * look.T
        let A = (0...destination).map { Double(look.pattern.values[row + $0]) }
        let found = look.decomposition(head: head, destination: destination, source: source)
        (attention, score) = (A[source], found.score)
        let shares: Shares
        switch measure {
        case .score: shares = Shares(found)
        case .pattern:
            let rows = (0...destination).map {
                $0 == source ? found : look.decomposition(head: head, destination: destination, source: $0)
            }
            shares = Shares(rows, A, source)
        }
        pairs = zip(found.pairs, shares.pairs).map { pair, share in
            Pair(pair: pair, survives: map.survives(query: pair.query, key: pair.key, head: head), share: share)
        }.sorted { abs($0.share) > abs($1.share) }
        (bias, error) = (shares.bias, shares.error)
        (elsewhere, uniform) = (shares.elsewhere, shares.uniform)
    }

    private struct Shares {
        /// In the order of the source's own decomposition.
        let pairs: [Double]
        let bias: Double, error: Double, elsewhere: Double, uniform: Double

        /// By the score.
        init(_ parts: ScoreDecomposition) {
            let magnitude = parts.magnitude
            pairs = parts.pairs.map { magnitude > 0 ? abs($0.contribution) / magnitude : 0 }
            (bias, error) = (parts.biasShare, parts.errorShare)
            // A score without parts is no one's.
            (elsewhere, uniform) = (0, magnitude > 0 ? 0 : 1)
        }

        /// By the pattern.
        init(_ rows: [ScoreDecomposition], _ A: [Double], _ source: Int) {
            // c_p,j of the source's own pairs, then all with a bias, with an error, and of other sources' pairs.
            var places: [FeaturePair: Int] = [:]
            for (place, pair) in rows[source].pairs.enumerated() { places[FeaturePair(query: pair.query, key: pair.key)] = place }
            let count = places.count, others = count + 2
            var contributions = [[Double]](repeating: Array(repeating: 0, count: rows.count), count: others + 1)
            for (j, parts) in rows.enumerated() {
                for pair in parts.pairs {
                    contributions[places[FeaturePair(query: pair.query, key: pair.key)] ?? others][j] += pair.contribution
                }
                for block in parts.blocks.dropFirst() {
                    contributions[block.query == .error || block.key == .error ? count + 1 : count][j] += block.value
                }
            }
            let moved = PatternShares.moved(contributions, source), whole = A[source]
            let shares = moved.map { whole > 0 ? $0 / whole : 0 }
            pairs = Array(shares.prefix(count))
            bias = shares[count]
            error = shares[count + 1]
            elsewhere = shares[others]
            uniform = whole > 0 ? 1 / (Double(rows.count) * whole) : 1
        }
    }

    /// What each part moves A_source by, from no scores to all of them.
    private static func moved(_ contributions: [[Double]], _ source: Int) -> [Double] {
        let n = contributions.first?.count ?? 0, rule = GaussLegendre(nodes)
        let scores = (0..<n).map { j in contributions.reduce(0) { $0 + $1[j] } }
        var moved = [Double](repeating: 0, count: contributions.count)
        for (t, weight) in zip(rule.nodes, rule.weights) {
            let top = scores.max() ?? 0, powers = scores.map { exponential(t * ($0 - top)) }, total = powers.reduce(0, +)
            let A = powers.map { $0 / total }
            for (part, c) in contributions.enumerated() {
                let mean = zip(A, c).reduce(0) { $0 + $1.0 * $1.1 }
                moved[part] += weight * A[source] * (c[source] - mean)
            }
        }
        return moved
    }
}
