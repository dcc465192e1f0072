import Checkpoints
import Artifacts
import API
import GPT2
import Tensors

/// `attention.pattern`.
struct AttentionPatternHandler: MethodHandler {
    typealias M = AttentionPattern
    let models: ModelLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        try model.check(layer: params.layer)
        let heads = try model.heads(params.heads)
        let prompt = try PreparedPrompt(params, model: model)
        try checkSize(numbers: 2 * heads.count * prompt.tokens.count * prompt.tokens.count)
        let shown = try await compute.run {
            let names = [.attn_scores, .pattern].map { ActivationName($0, params.layer) }
            let found = try model.gpt2.forward(TokenBatch(prompt.tokens), capture: Set(names))
            let T = prompt.tokens.count, H = model.gpt2.configuration.n_heads
            let scores = Tensor([H, T, T], found[names[0]].values), pattern = Tensor([H, T, T], found[names[1]].values)
            return heads.map {
                M.HeadPattern(head: $0, pattern: causalMatrix(pattern, head: $0), attn_scores: causalMatrix(scores, head: $0))
            }
        }
        return M.Result(tokens: prompt.tokenNumbers, pieces: prompt.pieces, layer: params.layer, heads: shown)
    }
}
