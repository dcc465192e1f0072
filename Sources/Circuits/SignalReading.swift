internal import Attribution
internal import Tensors

// What one side of a look reads is a linear function of the residual stream: a direction w, and tokens' weights that hold 1/σ.
//
// `score_sum` (specification 2.2, 2.3): w = Σ sign_k √s_k u_k over the kept terms, read at the token with 1/σ; the last entry of u_k, which
// stands on the biases, is the offset. v_k likewise at the source.
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
    /// What the head's own biases add.
    let offset: Double

    /// What a look reads on one side.
    ///
    /// - Returns: nil where the mode keeps no term.
    init?(_ look: SignalLook, _ side: LookSide, _ pass: PromptPass) {
        let kept = look.selection(side).kept
        if kept.isEmpty { return nil }
        (self.side, terms) = (side, kept.count)
        let layer = pass.layers[look.terms(side).layer], D = pass.D
        var weights = [Float](repeating: 0, count: pass.T)
        let token = side == .destination ? look.destination : look.source
        weights[token] = 1 / layer.sigma[token]
        var sum: [Float]
        switch look.mode {
        case .score_sum:
            sum = look.signal(side).sum
            offset = sum.count > D ? Double(sum.removeLast()) : 0
        case .relative_attention:
            sum = Self.relative(look, side, kept)
            offset = 0
            let others = (0...look.destination).filter { $0 != look.source }
            if side == .source { for j in others { weights[j] = -1 / (Float(others.count) * layer.sigma[j]) } }
        case .softmax_greedy: preconditionFailure("the attention itself is taken apart in the mode softmax_greedy")
        }
        var total = offset
        for (j, weight) in weights.enumerated() where weight != 0 {
            // x holds 1/σ already.
            let share = Double(weight * layer.sigma[j])
            for d in 0..<D { total += share * Double(sum[d]) * Double(layer.attention.x.values[j * D + d]) }
        }
        (direction, self.weights, self.total) = (sum, weights, total)
    }

    /// [D] Σ_k factor_k · u_k or v_k.
    private static func relative(_ look: SignalLook, _ side: LookSide, _ kept: [Int]) -> [Float] {
        let terms = look.terms(side), found = terms.decomposition, rank = terms.rank
        let matrix = side == .destination ? found.U : found.V
        let others = (0...look.destination).filter { $0 != look.source }
        var sum = [Float](repeating: 0, count: matrix.shape[0])
        for k in kept {
            var factor = found.s[k]
            switch side {
            case .destination:
                let mean = others.reduce(0) { $0 + terms.sourceProjections[$1 * rank + k] } / Float(max(others.count, 1))
                factor *= terms.sourceProjections[look.source * rank + k] - mean
            case .source: factor *= terms.destinationProjections[look.destination * rank + k]
            }
            for row in sum.indices { sum[row] += factor * matrix.values[row * rank + k] }
        }
        return sum
    }
}
