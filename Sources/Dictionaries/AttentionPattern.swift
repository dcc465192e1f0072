import Glibc
import Kernels

/// S_h(i, j) = q·k·attn_scale of one sequence: [H, T, T], 0 where j > i.
///
/// - Parameters:
///   - q: [T, H·K].
///   - k: [T, H·K].
///   - attn_scale: 1/√K unless the model's configuration says otherwise.
public func attentionScores(q: Span<Float>, k: Span<Float>, n_heads: Int, d_head: Int, attn_scale: Float) -> [Float] {
    let d_out = n_heads * d_head, T = q.count / d_out
    precondition(q.count == T * d_out && k.count == q.count, "q of \(q.count), k of \(k.count) elements in rows of \(d_out)")
    var scores = [Float](repeating: 0, count: n_heads * T * T)
    var out = scores.mutableSpan
    for h in 0..<n_heads {
        var head = out._mutatingExtracting(h * T * T..<(h + 1) * T * T)
        gemm(
            T, T, d_head, q.extracting(droppingFirst: h * d_head), k.extracting(droppingFirst: h * d_head), into: &head,
            alpha: attn_scale, transposeB: true, lda: d_out, ldb: d_out, ldc: T)
        for i in 0..<T { for j in (i + 1)..<max(T, i + 1) { head[i * T + j] = 0 } }
    }
    return scores
}

/// How well reconstructed patterns stand for true ones, per head, gathered in double precision over sequences.
///
/// *Source:* specification 1.7 b; the unexplained share as in the reference trainer.
public struct PatternMetrics: Sendable {
    /// One head's sums.
    private struct Sums {
        var rows = 0.0, kl = 0.0, greatestDifference = 0.0, sameArgmax = 0.0, left = 0.0, total = 0.0
    }

    private var sums: [Sums]

    /// Nothing gathered yet.
    public init(n_heads: Int) { sums = Array(repeating: Sums(), count: n_heads) }

    /// Adds one sequence.
    ///
    /// - Parameters:
    ///   - truth: [H, T, T] scores or log-probabilities, read where j ≤ i; a constant of each row does not matter.
    ///   - reconstruction: [H, T, T] likewise.
    ///   - length: T.
    public mutating func add(truth: Span<Float>, reconstruction: Span<Float>, length: Int) {
        precondition(
            truth.count == sums.count * length * length && reconstruction.count == truth.count,
            "\(truth.count) and \(reconstruction.count) scores for \(sums.count) heads of \(length)×\(length)")
        for h in sums.indices {
            for i in 0..<length {
                let row = (h * length + i) * length..<(h * length + i) * length + i + 1
                add(truth.extracting(row), reconstruction.extracting(row), to: &sums[h])
            }
        }
    }

    /// Adds one row.
    private func add(_ truth: Span<Float>, _ reconstruction: Span<Float>, to sums: inout Sums) {
        let (log_P, log_Q) = (logSoftmax(truth), logSoftmax(reconstruction)), keys = log_P.indices
        let P = log_P.map { exp($0) }
        let difference = keys.map { abs(P[$0] - exp(log_Q[$0])) }.max() ?? 0
        sums.rows += 1
        sums.kl += keys.reduce(0) { $0 + P[$1] * (log_P[$1] - log_Q[$1]) }
        sums.greatestDifference += difference
        sums.sameArgmax += argmax(log_P) == argmax(log_Q) ? 1 : 0
        // Scores are defined up to a constant of each row: centre both by the true pattern's mean.
        let mean_P = keys.reduce(0) { $0 + P[$1] * log_P[$1] }, mean_Q = keys.reduce(0) { $0 + P[$1] * log_Q[$1] }
        for j in keys {
            let t = log_P[j] - mean_P, r = log_Q[j] - mean_Q
            sums.left += P[j] * (t - r) * (t - r)
            sums.total += P[j] * t * t
        }
    }

    /// [H] Σ_j P log(P/P̂), mean over rows.
    public var kl: [Double] { sums.map { $0.kl / $0.rows } }
    /// [H] max_j |A − Â|, mean over rows.
    public var greatestDifference: [Double] { sums.map { $0.greatestDifference / $0.rows } }
    /// [H] share of rows whose largest probability stands at the same key (the first of equals).
    public var sameArgmax: [Double] { sums.map { $0.sameArgmax / $0.rows } }
    /// [H] share of the pattern-weighted, row-centred variance of the scores that the reconstruction leaves.
    public var unexplained: [Double] { sums.map { $0.left / $0.total } }
}

/// A row's log-softmax in double precision.
private func logSoftmax(_ row: Span<Float>) -> [Double] {
    let scores = row.indices.map { Double(row[$0]) }
    let greatest = scores.max() ?? 0
    let norm = greatest + log(scores.reduce(0) { $0 + exp($1 - greatest) })
    return scores.map { $0 - norm }
}

/// Where the first of the greatest stands.
private func argmax(_ row: [Double]) -> Int? {
    row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) }
}
