import Checkpoints
import API
import Artifacts
import GPT2
import JSON
import Tensors

/// `activations.capture`.
struct ActivationsCaptureHandler: MethodHandler {
    typealias M = ActivationsCapture
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let output = try TensorOutput(params, rights: rights, in: call)
        let model = try await models.model(params.model)
        let names = try params.names.map { try name($0, model) }
        let prompt = try PreparedPrompt(params, model: model)
        let T = prompt.tokens.count, c = model.gpt2.configuration
        let extents: [ActivationName.Axis: Int] = [
            .B: 1, .T: T, .D: c.d_model, .H: c.n_heads, .K: c.d_head, .M: c.d_mlp, .V: c.d_vocab, .one: 1,
        ]
        if !output.isInReply, Set(names).count < names.count {
            throw ParameterError("names", "names names something twice, and in a file or in memory each array has its own name")
        }
        try output.check(
            numbers: names.reduce(0) { $0 + $1.site.axes.reduce(1) { $0 * (extents[$1] ?? 1) } }, arrays: names.count)
        return try await compute.run {
            let found = try model.gpt2.forward(TokenBatch(prompt.tokens), capture: Set(names))
            // One prompt is one sequence, so the first axis is left away.
            let tensors = names.map {
                (name: $0.description, tensor: Tensor(Array(found[$0].shape.dropFirst()), found[$0].values))
            }
            let shown = zip(names, tensors).map { name, captured in
                let tensor = captured.tensor
                return M.Activation(
                    name: captured.name, axes: name.site.axes.dropFirst().map(\.rawValue), shape: tensor.shape,
                    values: output.isInReply ? nested(tensor.values[...], tensor.shape[...]) : JSON?.none)
            }
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, activations: shown,
                tensors: try output.deliver(tensors, in: call))
        }
    }

    private func name(_ text: String, _ model: LoadedModel) throws -> ActivationName {
        let name: ActivationName
        do {
            name = try ActivationName(parsing: text)
        } catch {
            throw APIError(.unknownActivation, String(describing: error), facts: ["name": .string(text)])
        }
        if let layer = name.layer { try model.check(layer: layer) }
        return name
    }
}

/// Numbers as nested lists; what is not finite, such as a masked score, becomes null on the wire.
private func nested(_ values: ArraySlice<Float>, _ shape: ArraySlice<Int>) -> JSON {
    guard let extent = shape.first else { return values.first.map { .float($0) } ?? .null }
    let size = extent == 0 ? 0 : values.count / extent
    return .array(
        (0..<extent).map {
            nested(values[values.startIndex + $0 * size..<values.startIndex + ($0 + 1) * size], shape.dropFirst())
        })
}
