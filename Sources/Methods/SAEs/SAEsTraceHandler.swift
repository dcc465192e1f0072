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
        // What cannot be written is said before anything is computed.
        if let path { try TraceFile.check(path) }
        let asked = try await PromptFeatures(params, saes: params.saes, roots: (params.roots ?? []).map(\.sae), saes)
        let roots = try (params.roots ?? []).map { root in try Self.subject(root, asked) }
        let position = try asked.prompt.position(params.position, name: "position")
        let result = try await saes.turns.run { try await traced(params, asked, roots, at: position) }
        if let path {
            let prompt = asked.prompt
            let file = TraceFile(
                result.graph, name: "features", model: result.model, n_layers: prompt.model.gpt2.configuration.n_layers,
                text: params.text ?? "", tokens: result.tokens, pieces: result.pieces)
            _ = try file.write(params.format, to: path)
        }
        return result
    }

    private func traced(
        _ params: M.Params, _ asked: PromptFeatures, _ roots: [(FeatureSubject, Int)], at position: Int
    ) async throws -> M.Result {
        var read = asked
        let named = Dictionary(grouping: params.roots ?? [], by: \.sae).mapValues { $0.map(\.feature) }
        let pass = try await read.pass(keeping: named, compute), features = read
        return try await compute.run {
            let answer =
                params.roots == nil
                ? try features.answer(params.answer, wrong: params.wrong, at: position, in: pass) : nil
            let graph = try FeatureGraph(
                answer.map { [($0.subject, $0.position)] } ?? roots, in: pass, FeatureTraceSettings(params.options))
            return M.Result(
                tokens: features.prompt.tokenNumbers, pieces: features.prompt.pieces, model: features.prompt.model.name,
                saes: features.names, answer: answer?.piece, wrong: answer?.wrong, graph: features.wire(graph))
        }
    }

    private static func subject(_ root: FeatureRoot, _ features: PromptFeatures) throws -> (FeatureSubject, Int) {
        let position = try features.prompt.position(root.position, name: "position")
        guard let sae = features.saes.first(where: { $0.sae == root.sae }) else {
            preconditionFailure("\(root.sae) is not among \(features.names), which roots always are")
        }
        try sae.check(feature: root.feature)
        let layer = sae.layer
        return (
            sae.site == .z
                ? .attention(layer: layer, feature: root.feature) : .residual(layer: layer, feature: root.feature),
            position
        )
    }
}
