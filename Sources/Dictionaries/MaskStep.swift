public import Kernels
public import Tensors

// One step of mask training (specification 1.5): loss = c·KL(P‖P̂) + λ_m Σ √(m + ε) over the support's entries.
//
// 1. Each sequence's scores through the map, its softmax, the divergence from the model's pattern, G = c/R · (P̂ − P) with R = B·H·T.
// 2. dm_{abh} = scale · M_{abh} Σ_{i≥j} G_h(i,j) f^Q_{i,a} f^K_{j,b} + λ_m / (2√(m + ε)).
// 3. Adam on every entry of the support, then a clamp to [0, 1]. Entries outside the support have no gradient but the penalty's and
//    change no score, so this is the dense trainer's step exactly, restricted to where it matters.

/// One sequence of a mask's training: its active features and the model's own scores.
public struct MaskSequence: Sendable {
    /// T rows of active query features.
    public let query: SparseRows
    /// T rows of active key features.
    public let key: SparseRows
    /// [H, T, T] the model's scores, scaled; only entries on and below the diagonal are read.
    public let attn_scores: [Float]

    /// A sequence.
    public init(query: SparseRows, key: SparseRows, attn_scores: [Float]) {
        (self.query, self.key, self.attn_scores) = (query, key, attn_scores)
    }
}

/// The factors of a mask's loss.
public struct MaskCoefficients: Sendable, Equatable {
    /// c, the weight of the divergence.
    public var kl: Float = 1
    /// λ_m per entry.
    public var lambda: Float
    /// ε under the penalty's root.
    public var epsilon: Float
    /// The model's `attn_scale` of the layer.
    public var scale: Float

    /// Factors with c = 1.
    public init(lambda: Float, epsilon: Float, scale: Float) { (self.lambda, self.epsilon, self.scale) = (lambda, epsilon, scale) }
}

/// The terms of one step's loss.
public struct MaskTerms: Sendable, Equatable {
    /// KL(P‖P̂), mean over rows.
    public var kl = 0.0
    /// Σ √(m + ε) over the support.
    public var penalty = 0.0
    /// The weighted sum.
    public var loss = 0.0
}

/// The loss of a mask and its gradient, with buffers that are kept from step to step.
public struct MaskStep: Sendable {
    private var sequence = MapSequence()
    private var own: [Float] = [], rebuilt: [Float] = [], gradientRow: [Float] = []

    /// A step without buffers; the first call makes them.
    public init() {}

    /// The loss and its gradient.
    ///
    /// - Parameters:
    ///   - map: The map with its mask.
    ///   - batch: Sequences of equal length.
    ///   - coefficients: The loss's factors.
    ///   - gradient: [pairs, H] out.
    public mutating func callAsFunction(
        _ map: FeatureMap, _ batch: [MaskSequence], _ coefficients: MaskCoefficients, gradient: inout [Float]
    ) -> MaskTerms {
        precondition(gradient.count == map.mask.count, "a gradient of \(gradient.count) for \(map.mask.count) entries")
        for index in gradient.indices { gradient[index] = 0 }
        var terms = MaskTerms()
        let rows = batch.reduce(0) { $0 + $1.query.rows } * map.n_heads
        for element in batch {
            sequence.take(map, query: element.query, key: element.key)
            sequence.clearGradient()
            for i in 0..<element.query.rows { terms.kl += row(i, element, map.n_heads, coefficients, rows) }
            sequence.addMaskGradient(map, to: &gradient)
        }
        terms.kl /= Double(rows)
        for index in gradient.indices {
            let root = (map.mask[index] + coefficients.epsilon).squareRoot()
            terms.penalty += Double(root)
            gradient[index] += coefficients.lambda / (2 * root)
        }
        terms.loss = Double(coefficients.kl) * terms.kl + Double(coefficients.lambda) * terms.penalty
        return terms
    }

    /// One query's divergences, summed over heads; leaves its gradient with the sequence.
    private mutating func row(
        _ i: Int, _ element: MaskSequence, _ H: Int, _ coefficients: MaskCoefficients, _ rows: Int
    ) -> Double {
        let T = element.query.rows, n = i + 1
        sequence.score(i, n_heads: H)
        if own.count != n { (own, rebuilt) = (Array(repeating: 0, count: n), Array(repeating: 0, count: n)) }
        if gradientRow.count < n * H { gradientRow = Array(repeating: 0, count: T * H) }
        let factor = coefficients.kl * coefficients.scale / Float(rows)
        var divergence = 0.0
        for head in 0..<H {
            for j in 0..<n {
                own[j] = element.attn_scores[(head * T + i) * T + j]
                rebuilt[j] = coefficients.scale * sequence.rowScores[j * H + head]
            }
            divergence += divergenceAndDifference(&own, &rebuilt)
            for j in 0..<n { gradientRow[j * H + head] = factor * rebuilt[j] }
        }
        sequence.backward(i, n_heads: H, gradient: gradientRow.span.extracting(0..<n * H))
        return divergence
    }

    /// KL(P‖P̂) of two rows of scores; leaves P in the first and P̂ − P in the second.
    private func divergenceAndDifference(_ own: inout [Float], _ rebuilt: inout [Float]) -> Double {
        let P = own, Q = rebuilt
        var p = own.mutableSpan, q = rebuilt.mutableSpan
        let normP = softmax(&p), normQ = softmax(&q)
        var sum = 0.0
        for j in 0..<p.count {
            sum += Double(p[j]) * Double((P[j] - normP) - (Q[j] - normQ))
            q[j] -= p[j]
        }
        return sum
    }
}

/// Adam over a mask, with the clamp to [0, 1].
public struct MaskOptimiser: Sendable {
    /// Adam's settings.
    public let adam: Adam
    /// Steps done so far.
    public private(set) var step = 0
    /// [pairs, H] first moments.
    public private(set) var first: [Float]
    /// [pairs, H] second moments.
    public private(set) var second: [Float]

    /// An optimiser that has done no step.
    public init(for map: FeatureMap, adam: Adam = Adam()) {
        self.adam = adam
        first = Array(repeating: 0, count: map.mask.count)
        second = first
    }

    /// One step of Adam and the clamp.
    public mutating func apply(_ gradient: [Float], to map: inout FeatureMap, learningRate: Float) {
        step += 1
        var mask = map.mask.mutableSpan, m = first.mutableSpan, v = second.mutableSpan
        adam.step(&mask, gradient: gradient.span, first: &m, second: &v, learningRate: learningRate, step: step)
        for index in 0..<mask.count { mask[index] = min(max(mask[index], 0), 1) }
    }
}
