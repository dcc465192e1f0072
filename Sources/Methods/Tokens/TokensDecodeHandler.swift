import JSON
import Tokenizer
import Artifacts
import API

/// `tokens.decode`.
struct TokensDecodeHandler: MethodHandler {
    typealias M = TokensDecode
    let models: ModelLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        let d_vocab = model.tokenizer.d_vocab
        let tokens = try params.tokens.enumerated().map { (position, token) in
            guard (0..<d_vocab).contains(token) else {
                throw APIError(
                    .tokenOutOfRange, "token \(token) at position \(position) is not in the vocabulary (0 to \(d_vocab - 1))",
                    facts: ["token": .integer(token), "position": .integer(position), "d_vocab": .integer(d_vocab)])
            }
            return Int32(token)
        }
        return M.Result(text: try model.tokenizer.decodeText(tokens))
    }
}
