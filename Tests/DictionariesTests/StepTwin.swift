import Dictionaries
import Foundation

// The training step in double precision, written as the formulas stand in the specification (1.1 to 1.3), one loop per sum.

/// Which features are active, as the twin decides it.
enum TwinGate {
    case positive
    case threshold([Double])
    case largest(Int)
    case largestOfBatch(Int)

    /// [N][F] f from pre-activations.
    func callAsFunction(_ pre: [[Double]]) -> [[Double]] {
        switch self {
        case .positive: return pre.map { $0.map { max($0, 0) } }
        case .threshold(let thresholds): return pre.map { zip($0, thresholds).map { $0 > $1 ? $0 : 0 } }
        case .largest(let k): return pre.map { row in keep(row, among: row, k) }
        case .largestOfBatch(let k): return pre.map { keep($0, among: pre.flatMap { $0 }, k * pre.count) }
        }
    }

    private func keep(_ row: [Double], among all: [Double], _ k: Int) -> [Double] {
        let cut = all.sorted(by: >).prefix(k).last ?? 0
        return row.map { $0 >= cut && $0 > 0 ? $0 : 0 }
    }
}

/// One side's parameters (or their gradient) in double precision.
struct TwinSide {
    let D, F, H, K: Int
    var W_enc, b_enc, W_dec, b_in, b_out: [Double]
    var gate = TwinGate.positive

    init(_ t: Transcoder) {
        (D, F, H, K) = (t.shape.d_model, t.shape.d_sae, t.shape.n_heads, t.shape.d_head)
        W_enc = t.W_enc.map(Double.init)
        b_enc = t.b_enc.map(Double.init)
        W_dec = t.W_dec.map(Double.init)
        b_in = t.b_in.map(Double.init)
        b_out = t.b_out.map(Double.init)
        switch t.gate {
        case .positive: gate = .positive
        case .threshold(let values): gate = .threshold(values.map(Double.init))
        case .largest(let k): gate = .largest(k)
        }
    }

    subscript(parameter: Transcoder.Parameter) -> [Double] {
        get {
            switch parameter {
            case .W_enc: W_enc
            case .b_enc: b_enc
            case .W_dec: W_dec
            case .b_in: b_in
            case .b_out: b_out
            }
        }
        set {
            switch parameter {
            case .W_enc: W_enc = newValue
            case .b_enc: b_enc = newValue
            case .W_dec: W_dec = newValue
            case .b_in: b_in = newValue
            case .b_out: b_out = newValue
            }
        }
    }

    var zeros: TwinSide {
        var zero = self
        for parameter in Transcoder.Parameter.allCases { zero[parameter] = self[parameter].map { _ in 0 } }
        return zero
    }

    /// f [N][F].
    func encode(_ x: [Double]) -> [[Double]] { gate(preactivations(x)) }

    /// [N][F].
    func preactivations(_ x: [Double]) -> [[Double]] {
        (0..<x.count / D).map { t in
            (0..<F).map { a in
                var pre = b_enc[a]
                for d in 0..<D { pre += (x[t * D + d] - b_in[d]) * W_enc[d * F + a] }
                return pre
            }
        }
    }

    /// ŷ [N, H·K].
    func decode(_ f: [[Double]]) -> [Double] {
        f.flatMap { row in
            (0..<H * K).map { c in
                var y = b_out[c]
                for a in 0..<F where row[a] != 0 { y += row[a] * W_dec[a * H * K + c] }
                return y
            }
        }
    }

    /// n_a.
    var norms: [Double] {
        (0..<F).map { a in (0..<H * K).reduce(0) { $0 + W_dec[a * H * K + $1] * W_dec[a * H * K + $1] }.squareRoot() }
    }
}

/// Patterns and their divergences.
struct TwinPattern {
    let H, K, T: Int
    let attn_scale: Double

    /// P[h][i][j] of one sequence, j ≤ i; q and k [T, H·K].
    func pattern(_ q: ArraySlice<Double>, _ k: ArraySlice<Double>) -> [[[Double]]] {
        scores(q, k).map { $0.map(softmax) }
    }

    /// q·k·attn_scale, [h][i][j], j ≤ i.
    func scores(_ q: ArraySlice<Double>, _ k: ArraySlice<Double>) -> [[[Double]]] {
        (0..<H).map { h in
            (0..<T).map { i in
                (0...i).map { j in
                    var s = 0.0
                    for e in 0..<K {
                        s += q[q.startIndex + (i * H + h) * K + e] * k[k.startIndex + (j * H + h) * K + e]
                    }
                    return s * attn_scale
                }
            }
        }
    }
}

/// The softmax of one row.
func softmax(_ row: [Double]) -> [Double] {
    let exponentials = row.map { exp($0 - row.max()!) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
}

/// Σ P log(P/P̂) over all rows of one sequence.
func divergence(_ P: [[[Double]]], _ Q: [[[Double]]]) -> Double {
    zip(P, Q).reduce(0) { sum, heads in
        zip(heads.0, heads.1).reduce(sum) { sum, rows in
            zip(rows.0, rows.1).reduce(sum) { $0 + $1.0 * log($1.0 / $1.1) }
        }
    }
}

/// The whole step.
struct StepTwin {
    var query, key: TwinSide
    let x, q, k: [Double]
    let B, T: Int
    let attn_scale: Double
    var kl = 3.0, kl_q = 1.0, kl_k = 1.0, epsilon = 1e-6, mu = 0.0
    var lambda: Double
    var penalty = SparsityPenalty.root
    var norm = DecoderNorm.free

    /// What one activation costs, and the slope by n f.
    private func price(_ n: Double, _ f: Double) -> (value: Double, slope: Double) {
        switch penalty {
        case .root: ((n * f + epsilon).squareRoot(), 0.5 / (n * f + epsilon).squareRoot())
        case .l1: (n * f, 1)
        case .count: (f > 0 ? 1 : 0, 0)
        case .none: (0, 0)
        }
    }

    /// n_a.
    private func norms(_ side: TwinSide) -> [Double] { norm == .unit ? side.norms.map { _ in 1 } : side.norms }

    struct Terms { var kl = 0.0, kl_q = 0.0, kl_k = 0.0, sparsity = 0.0, mse = 0.0, loss = 0.0, L0_q = 0.0, L0_k = 0.0 }

    /// The loss terms.
    func terms() -> Terms { forward().terms }

    private struct Forward {
        var f_q, f_k: [[Double]]
        var q_hat, k_hat: [Double]
        var terms = Terms()
    }

    private func forward() -> Forward {
        let f_q = query.encode(x), f_k = key.encode(x)
        var result = Forward(f_q: f_q, f_k: f_k, q_hat: query.decode(f_q), k_hat: key.decode(f_k))
        let N = Double(B * T), R = N * Double(query.H)
        for b in 0..<B {
            let (P, both, onlyQuery, onlyKey) = patterns(b, result.q_hat, result.k_hat)
            result.terms.kl += divergence(P, both) / R
            result.terms.kl_q += divergence(P, onlyQuery) / R
            result.terms.kl_k += divergence(P, onlyKey) / R
        }
        for (side, f) in [(query, f_q), (key, f_k)] {
            let norms = norms(side)
            for row in f { for (n, f) in zip(norms, row) { result.terms.sparsity += price(n, f).value / N } }
        }
        for (y, y_hat) in [(q, result.q_hat), (k, result.k_hat)] {
            for (a, b) in zip(y, y_hat) { result.terms.mse += (a - b) * (a - b) / N }
        }
        let active = { (f: [[Double]]) in Double(f.joined().count { $0 > 0 }) / N }
        result.terms.L0_q = active(f_q)
        result.terms.L0_k = active(f_k)
        let t = result.terms
        result.terms.loss = kl * t.kl + kl_q * t.kl_q + kl_k * t.kl_k + lambda * t.sparsity + mu * t.mse
        return result
    }

    /// P, P̂[q̂k̂], P̂[q̂k], P̂[qk̂] of one sequence.
    private func patterns(
        _ b: Int, _ q_hat: [Double], _ k_hat: [Double]
    ) -> ([[[Double]]], [[[Double]]], [[[Double]]], [[[Double]]]) {
        let range = b * T * query.H * query.K..<(b + 1) * T * query.H * query.K
        let twin = TwinPattern(H: query.H, K: query.K, T: T, attn_scale: attn_scale)
        return (
            twin.pattern(q[range], k[range]), twin.pattern(q_hat[range], k_hat[range]), twin.pattern(q_hat[range], k[range]),
            twin.pattern(q[range], k_hat[range])
        )
    }

    /// The gradient of every parameter.
    func gradient() -> (query: TwinSide, key: TwinSide) {
        let d = outputGradients()
        return (backward(query, query.encode(x), d.query), backward(key, key.encode(x), d.key))
    }

    /// The gradients at q̂ and k̂.
    func outputGradients() -> (query: [Double], key: [Double]) {
        let forward = forward()
        let (H, K) = (query.H, query.K), N = Double(B * T), R = N * Double(H)
        var dq = zip(forward.q_hat, q).map { 2 * mu * ($0 - $1) / N }
        var dk = zip(forward.k_hat, k).map { 2 * mu * ($0 - $1) / N }
        for b in 0..<B {
            let (P, both, onlyQuery, onlyKey) = patterns(b, forward.q_hat, forward.k_hat)
            for h in 0..<H {
                for i in 0..<T {
                    for j in 0...i {
                        let g = kl * (both[h][i][j] - P[h][i][j]) / R
                        let g_q = kl_q * (onlyQuery[h][i][j] - P[h][i][j]) / R
                        let g_k = kl_k * (onlyKey[h][i][j] - P[h][i][j]) / R
                        for e in 0..<K {
                            let atQuery = ((b * T + i) * H + h) * K + e, atKey = ((b * T + j) * H + h) * K + e
                            dq[atQuery] += (g * forward.k_hat[atKey] + g_q * k[atKey]) * attn_scale
                            dk[atKey] += (g * forward.q_hat[atQuery] + g_k * q[atQuery]) * attn_scale
                        }
                    }
                }
            }
        }
        return (dq, dk)
    }

    private func backward(_ side: TwinSide, _ f: [[Double]], _ dy: [Double]) -> TwinSide {
        var gradient = side.zeros
        let (D, F, out) = (side.D, side.F, side.H * side.K), norms = norms(side), lambda = self.lambda / Double(B * T)
        for t in 0..<B * T {
            for c in 0..<out { gradient.b_out[c] += dy[t * out + c] }
            for a in 0..<F where f[t][a] > 0 {
                let slope = lambda * price(norms[a], f[t][a]).slope
                var df = slope * norms[a]
                for c in 0..<out {
                    df += dy[t * out + c] * side.W_dec[a * out + c]
                    gradient.W_dec[a * out + c] += f[t][a] * dy[t * out + c]
                    if norms[a] > 0 && norm == .free {
                        gradient.W_dec[a * out + c] += slope * f[t][a] * side.W_dec[a * out + c] / norms[a]
                    }
                }
                gradient.b_enc[a] += df
                for d in 0..<D {
                    gradient.W_enc[d * F + a] += (x[t * D + d] - side.b_in[d]) * df
                    gradient.b_in[d] -= df * side.W_enc[d * F + a]
                }
            }
        }
        if norm == .unit { gradient.W_dec = withoutParallel(gradient.W_dec, side.W_dec, width: out) }
        return gradient
    }
}

/// Each row of the gradient without its part along the (unit) row of the matrix.
func withoutParallel(_ gradient: [Double], _ matrix: [Double], width: Int) -> [Double] {
    var result = gradient
    for row in 0..<gradient.count / width {
        let places = row * width..<(row + 1) * width
        let along = places.reduce(0) { $0 + gradient[$1] * matrix[$1] }
        for place in places { result[place] -= along * matrix[place] }
    }
    return result
}

extension StepTwin {
    /// The gradient at the logarithms of one side's thresholds, by the rectangular kernel of a bandwidth.
    func thresholdGradient(isQuery: Bool, bandwidth h: Double) -> [Double] {
        let side = isQuery ? query : key, dy = outputGradients(), d = isQuery ? dy.query : dy.key, out = side.H * side.K
        guard case .threshold(let thresholds) = side.gate else { return [] }
        var gradient = [Double](repeating: 0, count: side.F)
        for (t, row) in side.preactivations(x).enumerated() {
            for a in 0..<side.F where abs(row[a] - thresholds[a]) < h / 2 {
                let df = (0..<out).reduce(0) { $0 + d[t * out + $1] * side.W_dec[a * out + $1] }
                gradient[a] -= thresholds[a] * (thresholds[a] * df + lambda / Double(B * T)) / h
            }
        }
        return gradient
    }
}
