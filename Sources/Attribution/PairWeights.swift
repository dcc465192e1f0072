import Dictionaries
private import Kernels
import Tensors

// The sum that is subtracted where pairs are scaled one by one: Σ_ab f_a f_b w_abh, w = (1 − p_abh) · M_abh · attn_scale and what other
// edits leave of the pair. As in the map's own scores, only active features are walked: for each query i and each of its active features
// a that has pairs, the pairs are laid out by key feature, and the active features of each key j ≤ i are looked up there.

/// Weights on some feature pairs, per head.
struct PairWeights: Sendable {
    /// The pairs of a query feature.
    private struct Row {
        var keys: [Int32] = []
        /// [keys, H].
        var weights: [Float] = []
    }

    private var rows: [Int32: Row] = [:]
    private let n_heads: Int
    private let d_sae_key: Int

    /// Whether there are none.
    var isEmpty: Bool { rows.isEmpty }

    /// Weights from factors.
    ///
    /// - Parameters:
    ///   - factors: p of each pair, per head.
    ///   - dictionary: Whose decoders give M.
    ///   - scale: What (1 − p)·M of a pair in a head is multiplied by.
    init(_ factors: [FeaturePair: [Float]], _ dictionary: TranscoderPair?, scale: (FeaturePair, Int) -> Float) {
        n_heads = dictionary?.query.shape.n_heads ?? 0
        d_sae_key = dictionary?.key.shape.d_sae ?? 0
        guard let dictionary else { return }
        let K = dictionary.query.shape.d_head
        // Sorted, so that the sums are taken in the same order in every run.
        for (pair, factors) in factors.sorted(by: { ($0.key.query, $0.key.key) < ($1.key.query, $1.key.key) }) {
            rows[pair.query, default: Row()].keys.append(pair.key)
            for head in 0..<n_heads {
                let a = (Int(pair.query) * n_heads + head) * K, b = (Int(pair.key) * n_heads + head) * K
                // A pair that keeps its place in a head takes nothing away there.
                let M =
                    factors[head] == 1
                    ? 0
                    : dot(dictionary.query.W_dec.span.extracting(a..<a + K), dictionary.key.W_dec.span.extracting(b..<b + K))
                rows[pair.query]?.weights.append((1 - factors[head]) * M * scale(pair, head))
            }
        }
    }

    /// delta_h(i, j) += Σ_ab f_a f_b w_abh, j ≤ i.
    ///
    /// - Parameters:
    ///   - query: The batch's active query features.
    ///   - key: The batch's active key features.
    ///   - tokens: The sequence's rows in them.
    ///   - delta: [H, T, T].
    func add(query: SparseRows, key: SparseRows, tokens: Range<Int>, to delta: inout [Float]) {
        let T = tokens.count
        var slots = [Int32](repeating: -1, count: d_sae_key)
        for i in 0..<T {
            for active in query.range(tokens.lowerBound + i) {
                guard let row = rows[query.indices[active]] else { continue }
                for (slot, key) in row.keys.enumerated() { slots[Int(key)] = Int32(slot) }
                for j in 0...i {
                    for other in key.range(tokens.lowerBound + j) {
                        let slot = Int(slots[Int(key.indices[other])])
                        if slot < 0 { continue }
                        let product = query.values[active] * key.values[other]
                        for head in 0..<n_heads { delta[(head * T + i) * T + j] += product * row.weights[slot * n_heads + head] }
                    }
                }
                for key in row.keys { slots[Int(key)] = -1 }
            }
        }
    }
}
