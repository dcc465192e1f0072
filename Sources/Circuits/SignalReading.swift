internal import Checkpoints
private import Kernels
internal import Tensors

// What one side of a look reads is a linear function of the residual stream: a direction w, and tokens' weights that hold σ.
//
// `score_sum` (specification 2.2, 2.3): of the terms kept, signed square roots. w = Σ sign_k √s_k u_k, read at the token with 1/σ; the
// last entry of u_k, which stands on the biases, adds the offset.
//
// `relative_attention` (2.6): the score of the source against the mean of the other sources. On the destination's side
// w = Σ s_k (v_k·(x̃_source − mean of the others)) u_k; on the source's side w = Σ s_k (x̃_destination·u_k) v_k, read at the source with 1/σ
// and at every other with −1/(n σ), so that each part counts by what it does there less what it does elsewhere.

/// One side's signal as a function of the residual stream.
struct SignalReading {
    let side: LookSide
    /// How many singular vectors it has.
    let terms: Int
    /// [D].
    let direction: [Float]
    /// [T].
    let weights: [Float]
    /// What is read of the stream and the biases together.
    let total: Double
    /// What the biases add.
    let offset: Double

    /// The signal of kept terms of the augmented map.
    ///
    /// - Parameters:
    ///   - kept: Which terms, each with the sign that the token has of it.
    init(
        _ look: Look, _ side: LookSide, augmented decomposition: SingularDecomposition, kept: [(k: Int, sign: Float)],
        _ pass: PromptPass
    ) {
        let (D, T) = (pass.D, pass.T)
        let token = side == .destination ? look.destination : look.source
        let vectors = side == .destination ? decomposition.U : decomposition.V
        let coefficients = kept.map { (k: $0.k, factor: $0.sign * decomposition.s[$0.k].squareRoot()) }
        let sum = Self.sum(coefficients, of: vectors)
        direction = Array(sum[..<D])
        offset = Double(sum[D])
        var weights = [Float](repeating: 0, count: T)
        weights[token] = 1 / pass.layers[look.layer].sigma[token]
        self.weights = weights
        let x = pass.layers[look.layer].x
        total = (0..<D).reduce(Double(sum[D])) { $0 + Double(sum[$1] * x[token * D + $1]) }
        (self.side, terms) = (side, kept.count)
    }

    /// The signal of kept terms of Ω_d or Ω_s.
    init(
        _ look: Look, _ side: LookSide, relative decomposition: SingularDecomposition, kept: [Int], _ pass: PromptPass
    ) {
        let (D, T, rank) = (pass.D, pass.T, decomposition.rank)
        let x = pass.layers[look.layer].x, sigma = pass.layers[look.layer].sigma
        let others = (0...look.destination).filter { $0 != look.source }
        var weights = [Float](repeating: 0, count: T)
        var coefficients: [(k: Int, factor: Float)] = []
        switch side {
        case .destination:
            // The appended 1 is the same for every source: it does not count.
            let keys = Self.products(x, decomposition.V, T: T)
            for k in kept {
                let mean = others.reduce(0) { $0 + keys[$1 * rank + k] } / Float(max(others.count, 1))
                coefficients.append((k, decomposition.s[k] * (keys[look.source * rank + k] - mean)))
            }
            weights[look.destination] = 1 / sigma[look.destination]
        case .source:
            let queries = Self.products(x, decomposition.U, T: T)
            for k in kept {
                let bias = decomposition.U.values[D * rank + k]
                coefficients.append((k, decomposition.s[k] * (queries[look.destination * rank + k] + bias)))
            }
            weights[look.source] = 1 / sigma[look.source]
            for j in others { weights[j] = -1 / (Float(others.count) * sigma[j]) }
        }
        let sum = Self.sum(coefficients, of: side == .destination ? decomposition.U : decomposition.V)
        direction = sum
        self.weights = weights
        total = weights.indices.filter { weights[$0] != 0 }.reduce(0) { total, j in
            // x already holds 1/σ, so σ takes the weight's own away.
            let share = Double(weights[j] * sigma[j])
            return total + share * (0..<D).reduce(0) { $0 + Double(sum[$1] * x[j * D + $1]) }
        }
        offset = 0
        (self.side, terms) = (side, kept.count)
    }

    /// Σ factor_k · (column k).
    private static func sum(_ coefficients: [(k: Int, factor: Float)], of matrix: Tensor) -> [Float] {
        let rank = matrix.shape[1]
        return (0..<matrix.shape[0]).map { row in
            coefficients.reduce(0) { $0 + $1.factor * matrix.values[row * rank + $1.k] }
        }
    }

    /// [T, rank] rows [T, D] times the first D rows of a matrix of columns.
    static func products(_ x: [Float], _ matrix: Tensor, T: Int) -> [Float] {
        let D = x.count / T, rank = matrix.shape[1]
        var products = [Float](repeating: 0, count: T * rank)
        var span = products.mutableSpan
        gemm(T, rank, D, x.span, matrix.values.span.extracting(0..<D * rank), into: &span)
        return products
    }
}
