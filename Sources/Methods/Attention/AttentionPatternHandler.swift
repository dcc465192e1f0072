import API
import Artifacts
import Attribution

/// `attention.pattern`.
struct AttentionPatternHandler: MethodHandler {
    typealias M = AttentionPattern
    let models: ModelLibrary
    let prompts: PromptCache
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        try model.check(layer: params.layer)
        let heads = try model.heads(params.heads)
        let prompt = try PreparedPrompt(params, model: model)
        try checkSize(numbers: 2 * heads.count * prompt.tokens.count * prompt.tokens.count)
        let shown = try await compute.run {
            let found = try prompts.activations(model, layer: params.layer, tokens: prompt.tokens)
            return heads.map {
                M.HeadPattern(
                    head: $0, pattern: causalMatrix(found.pattern, head: $0),
                    attn_scores: causalMatrix(found.attn_scores, head: $0))
            }
        }
        return M.Result(tokens: prompt.tokenNumbers, pieces: prompt.pieces, layer: params.layer, heads: shown)
    }
}
