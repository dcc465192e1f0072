import Tensors
import Checkpoints
import Artifacts
import API
import GPT2
import Kernels

/// `tokens.predict`.
struct TokensPredictHandler: MethodHandler {
    typealias M = TokensPredict
    let models: ModelLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        let prompt = try PreparedPrompt(params, model: model)
        let position = try prompt.position(params.position, name: "position")
        let predictions = try await compute.run {
            // Later tokens cannot act on this position, so they are not run.
            let batch = TokenBatch(Array(prompt.tokens[...position]))
            let name = ActivationName(.ln_final_normalized)
            let normalized = try model.gpt2.forward(batch, capture: [name])[name]
            let D = model.gpt2.configuration.d_model
            var logits = [Float](repeating: 0, count: model.gpt2.configuration.d_vocab)
            var row = logits.mutableSpan
            model.gpt2.unembed(normalized.values.span.extracting(position * D..<(position + 1) * D), into: &row)
            var probabilities = logits
            var shares = probabilities.mutableSpan
            softmax(&shares)
            let order = logits.indices.sorted { logits[$0] > logits[$1] }
            return order.prefix(params.top_k).map {
                M.Prediction(token: $0, piece: model.piece(Int32($0)), logit: logits[$0], probability: probabilities[$0])
            }
        }
        return M.Result(tokens: prompt.tokenNumbers, pieces: prompt.pieces, position: position, predictions: predictions)
    }
}
