import API
import Artifacts
import Attribution
import GPT2

/// `attention.pattern`.
struct AttentionPatternHandler: MethodHandler {
    typealias M = AttentionPattern
    let models: ModelLibrary
    let prompts: PromptCache
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let output = try TensorOutput(params, rights: rights, in: call)
        let model = try await models.model(params.model), layer = params.layer
        try model.check(layer: layer)
        let heads = try model.heads(params.heads)
        let prompt = try PreparedPrompt(params, model: model)
        try output.check(numbers: 2 * heads.count * prompt.tokens.count * prompt.tokens.count, arrays: 2)
        return try await compute.run {
            let found = try prompts.activations(model, layer: layer, tokens: prompt.tokens)
            guard output.isInReply else {
                let tensors = [
                    (ActivationName(.pattern, layer).description, chosen(found.pattern, heads)),
                    (ActivationName(.attn_scores, layer).description, chosen(found.attn_scores, heads)),
                ]
                return M.Result(
                    tokens: prompt.tokenNumbers, pieces: prompt.pieces, layer: layer,
                    heads: heads.map { M.HeadPattern(head: $0) },
                    tensors: try output.deliver(tensors, in: call))
            }
            let shown = heads.map {
                M.HeadPattern(
                    head: $0, pattern: causalMatrix(found.pattern, head: $0),
                    attn_scores: causalMatrix(found.attn_scores, head: $0))
            }
            return M.Result(tokens: prompt.tokenNumbers, pieces: prompt.pieces, layer: layer, heads: shown)
        }
    }
}
