import API
import Artifacts
import Attribution
import Checkpoints
import GPT2
import Tensors

/// `saes.trace`.
struct SAEsTraceHandler: MethodHandler {
    typealias M = SAEsTrace
    let saes: SAELibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        guard params.roots == nil || params.answer == nil else {
            throw ParameterError("roots", "give 'roots' or 'answer', not both")
        }
        let path = try params.path.map { try rights.place($0, in: call) }
        let features = try await PromptFeatures(params, saes: params.saes, roots: (params.roots ?? []).map(\.sae), saes)
        let prompt = features.prompt
        let roots = try (params.roots ?? []).map { root in try Self.subject(root, features) }
        let position = try prompt.position(params.position, name: "position")
        return try await compute.run {
            let pass = try features.pass()
            let answer =
                params.roots == nil
                ? try features.answer(params.answer, wrong: params.wrong, at: position, in: pass) : nil
            let graph = try FeatureGraph(
                answer.map { [($0.subject, $0.position)] } ?? roots, in: pass, FeatureTraceSettings(params.options))
            let result = M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: prompt.model.name, saes: features.names,
                answer: answer?.piece, wrong: answer?.wrong, graph: features.wire(graph))
            if let path {
                let file = TraceFile(
                    result.graph, name: "features", model: result.model, n_layers: prompt.model.gpt2.configuration.n_layers,
                    text: params.text ?? "", tokens: result.tokens, pieces: result.pieces)
                _ = try file.write(params.format, to: path)
            }
            return result
        }
    }

    private static func subject(_ root: FeatureRoot, _ features: PromptFeatures) throws -> (FeatureSubject, Int) {
        let position = try features.prompt.position(root.position, name: "position")
        guard let sae = features.saes.first(where: { $0.info.sae == root.sae }) else {
            preconditionFailure("\(root.sae) is not among \(features.names), which roots always are")
        }
        try sae.check(feature: root.feature)
        let layer = sae.info.layer
        return (
            sae.info.site == .z
                ? .attention(layer: layer, feature: root.feature) : .residual(layer: layer, feature: root.feature),
            position
        )
    }
}
