import Tokenizer
import Artifacts
import API

/// `tokens.encode`.
struct TokensEncodeHandler: MethodHandler {
    typealias M = TokensEncode
    let models: ModelLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        var tokens = model.tokenizer.encode(params.text, allowSpecial: params.allow_special)
        if params.prepend_bos, let bos = model.tokenizer.bos { tokens.insert(bos, at: 0) }
        return M.Result(tokens: tokens.map(Int.init), pieces: tokens.map(model.piece))
    }
}
