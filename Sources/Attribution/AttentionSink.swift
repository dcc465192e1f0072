public import Dictionaries
private import Kernels
public import Tensors

// Why a head attends to position 0 (specification 4.4), for the rows i ≥ 1 of the model's own pattern:
//
// 1. A row's scores are a sum of four parts, up to a constant of the row, which softmax does not see: the query bias with key features
//    (β), the surviving entries with dense query features, those with other query features, and the error, which is all that the masked
//    map does not say.
// 2. Along the straight line α·s from no scores to the row's own, the attention to position 0 goes from the uniform 1/(i + 1) to A_i0.
//    The share of part p in the way is ∫ A_0(α)·(s^p_0 − Σ_j A_j(α) s^p_j) dα: the advantage that it gives to position 0 over the row,
//    where that still matters. These shares and the uniform part sum to A_i0 exactly (integrated gradients' completeness).
// 3. The integral is taken by Gauss and Legendre's rule; what it misses is reported as the residual.
//
// Source: Sundararajan, Taly & Yan, "Axiomatic Attribution for Deep Networks" (2017), for step 2; Gu et al., "When Attention Sink Emerges
// in Language Models" (2410.10781), for the sink rate, which counts row 0 and its attention of 1.

/// The attention of each head to position 0 over a text, and what causes it.
public struct AttentionSink: Sendable {
    /// A part of the scores.
    public enum Cause: Int, Sendable, CaseIterable {
        /// The query bias with key features, β.
        case queryBias
        /// Entries whose query feature is dense.
        case denseFeatures
        /// All other entries of the map.
        case otherFeatures
        /// What the map leaves of the model's own scores.
        case error
    }

    /// One head's means over all rows i ≥ 1.
    public struct Head: Sendable {
        /// A_i0, the model's own.
        public fileprivate(set) var mass = 0.0
        /// The same of the pattern that the map makes.
        public fileprivate(set) var massOfMap = 0.0
        /// 1/(i + 1), what there is without any scores.
        public fileprivate(set) var uniform = 0.0
        /// The share of each cause, in the order of ``Cause``.
        public fileprivate(set) var shares = [Double](repeating: 0, count: Cause.allCases.count)
        /// The share of contexts whose mean A_i0 exceeds the threshold.
        public fileprivate(set) var sinkRate = 0.0

        /// What the quadrature misses of the mass.
        public var residual: Double { mass - uniform - shares.reduce(0, +) }
    }

    /// How many contexts.
    public private(set) var contexts = 0
    private let map: FeatureMap
    /// [n_Q].
    private let isDense: [Bool]
    private let threshold: Double
    private var rows = 0
    /// Sums, one for each head.
    private var tallies: [SinkTally]

    /// Nodes of the quadrature: for scores that differ by 40 within a row it misses less than 1e-4 of the mass.
    private static let nodes = 32

    /// Nothing seen yet.
    ///
    /// - Parameters:
    ///   - map: The masked map.
    ///   - isDense: [n_Q] which query features count as dense.
    ///   - threshold: The mean attention from which a context counts as having a sink.
    public init(_ map: FeatureMap, isDense: [Bool], threshold: Double) {
        precondition(
            isDense.count == map.support.d_sae_query, "\(isDense.count) features for a map of \(map.support.d_sae_query)")
        (self.map, self.isDense, self.threshold) = (map, isDense, threshold)
        tallies = Array(repeating: SinkTally(rule: GaussLegendre(Self.nodes)), count: map.n_heads)
    }

    /// Takes in a context.
    ///
    /// - Parameters:
    ///   - attn_scores: [H, T, T] the model's own, scaled.
    ///   - query: f^Q of its tokens.
    ///   - key: f^K of its tokens.
    /// - Complexity: three times the map's scores, and 32 exponentials for each visible pair of tokens and head, on all threads.
    public mutating func add(attn_scores: [Float], query: SparseRows, key: SparseRows) {
        let T = query.rows
        precondition(
            attn_scores.count == map.n_heads * T * T, "\(attn_scores.count) scores of \(map.n_heads) heads and \(T) tokens")
        var none = SparseRows(), dense = SparseRows()
        for row in 0..<T {
            for entry in query.range(row) where isDense[Int(query.indices[entry])] {
                dense.append(query.indices[entry], query.values[entry])
            }
            dense.endRow()
            none.endRow()
        }
        let parts = SinkParts(
            T: T, own: attn_scores, bias: map.scores(query: none, key: key), dense: map.scores(query: dense, key: key),
            all: map.scores(query: query, key: key))
        let threshold = threshold
        inParallel(&tallies) { head, tally in tally.add(parts, head: head, threshold: threshold) }
        contexts += 1
        rows += T - 1
    }

    /// Each head's means; zeros before any row was seen.
    public var heads: [Head] {
        tallies.map { tally in
            let scale = 1 / Double(max(rows, 1))
            var head = tally.sums
            head.mass *= scale
            head.massOfMap *= scale
            head.uniform *= scale
            head.shares = head.shares.map { $0 * scale }
            head.sinkRate /= Double(max(contexts, 1))
            return head
        }
    }
}

/// A context's scores: [H, T, T] each.
private struct SinkParts: Sendable {
    let T: Int
    let own: [Float]
    /// β alone, β and the dense features, β and all features.
    let bias: [Float], dense: [Float], all: [Float]
}

/// One head's sums, and its room for a row.
private struct SinkTally: Sendable {
    var sums = AttentionSink.Head()
    private let rule: GaussLegendre
    /// [T] the pattern at a node.
    private var pattern: [Float] = []
    /// [4][T] the parts of a row.
    private var parts = [[Float]](repeating: [], count: AttentionSink.Cause.allCases.count)

    init(rule: GaussLegendre) { self.rule = rule }

    mutating func add(_ scores: SinkParts, head: Int, threshold: Double) {
        let T = scores.T, before = sums.mass
        for i in stride(from: 1, to: T, by: 1) { addRow(scores, (head * T + i) * T..<(head * T + i) * T + i + 1) }
        if T > 1, (sums.mass - before + 1) / Double(T) > threshold { sums.sinkRate += 1 }
    }

    /// Takes in one row, whose scores stand at `range`.
    private mutating func addRow(_ scores: SinkParts, _ range: Range<Int>) {
        parts[0] = Array(scores.bias[range])
        parts[1] = range.map { scores.dense[$0] - scores.bias[$0] }
        parts[2] = range.map { scores.all[$0] - scores.dense[$0] }
        parts[3] = range.map { scores.own[$0] - scores.all[$0] }
        let own = Array(scores.own[range])
        for (node, weight) in zip(rule.nodes, rule.weights) {
            let first = attend(own, times: Float(node))
            for cause in parts.indices {
                let part = parts[cause], A = pattern
                sums.shares[cause] += weight * first * (Double(part[0]) - Double(dot(A.span, part.span)))
            }
        }
        sums.mass += attend(own, times: 1)
        sums.massOfMap += attend(Array(scores.all[range]), times: 1)
        sums.uniform += 1 / Double(range.count)
    }

    /// Fills the pattern of a multiple of a row's scores, and returns its first.
    private mutating func attend(_ scores: [Float], times factor: Float) -> Double {
        pattern = scores.map { $0 * factor }
        var span = pattern.mutableSpan
        softmax(&span)
        return Double(pattern[0])
    }
}
