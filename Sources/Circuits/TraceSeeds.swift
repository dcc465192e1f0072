internal import Attribution
internal import Checkpoints
internal import GPT2
internal import Tensors

// What makes an answer more likely, part by part (specification 2.6): the last token's stream, normalised with the last LayerNorm's σ held
// fixed, times gain ∘ (W_U[right] − mean W_U[wrong]). The LayerNorm's bias times the same difference is an offset that no part has.

/// The contributions of a prompt's parts to the difference of an answer's logits.
struct TraceSeeds {
    /// By part, at the last token.
    let contributions: [PartContribution]
    /// The model's own logit difference.
    let total: Double
    /// What the last LayerNorm's bias adds.
    let offset: Double

    init(_ answer: Answer, _ pass: PromptPass) throws {
        let weights = pass.model.weights, D = pass.D, last = pass.T - 1
        var difference = [Double](repeating: 0, count: D)
        for d in 0..<D {
            let wrong = answer.wrong.reduce(0) { $0 + Double(weights.W_U_transposed[Int($1) * D + d]) }
            difference[d] = Double(weights.W_U_transposed[Int(answer.right) * D + d]) - wrong / Double(answer.wrong.count)
        }
        offset = (0..<D).reduce(0) { $0 + difference[$1] * Double(weights.ln_final.bias[$1]) }
        var direction = (0..<D).map { difference[$0] * Double(weights.ln_final.gain[$0]) }
        let mean = direction.reduce(0, +) / Double(D)
        for d in 0..<D { direction[d] -= mean }
        var tokens = [Float](repeating: 0, count: pass.T)
        tokens[last] = 1 / pass.finalSigma[last]
        let products = try PartProjections(pass, before: pass.layers.count, directions: direction.map { Float($0) })
        contributions = products.contributions(direction: 0, weights: tokens)
        total = offset + (0..<D).reduce(0) { $0 + direction[$1] * Double(pass.finalX[last * D + $1]) }
    }
}
