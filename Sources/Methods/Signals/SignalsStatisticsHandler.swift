import API
import Artifacts
import Attribution
import Checkpoints
import Circuits
import GPT2
import Tasks
import Tensors
import Tokenizer

/// `signals.statistics`: context by context and layer by layer, so that other calls are answered in between.
struct SignalsStatisticsHandler: MethodHandler {
    typealias M = SignalsStatistics
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), mode = SelectionMode(params.mode)
        let layers = try model.layers(params.layers), heads = try model.heads(params.heads)
        let access = rights.access(of: call)
        let texts = try await compute.run { try read(params, model, access) }
        let rank = model.gpt2.configuration.d_head
        // [layers][forms of the mode][heads]
        let none = mode.forms.map { _ in heads.map { _ in SetSizes(rank: rank) } }
        var sizes = Array(repeating: none, count: layers.count)
        for tokens in texts {
            let activations = try await compute.run { try LayerActivations.of(model.gpt2, layers: layers, tokens: tokens) }
            for (place, layer) in activations.enumerated() {
                let before = sizes[place]
                sizes[place] = try await compute.run {
                    var sizes = before
                    for (number, form) in mode.forms.enumerated() {
                        let decompositions = try decompositions.layer(model, layer.layer, form)
                        SetSizes.add(layer, decompositions, heads: heads, mode, phi: params.phi, to: &sizes[number])
                    }
                    return sizes
                }
            }
        }
        let sides: [SignalSide?] = mode.forms.count > 1 ? [.destination, .source] : [nil]
        let shown = zip(layers, sizes).flatMap { layer, byForm in
            heads.indices.flatMap { head in
                zip(sides, byForm).map { side, sizes in HeadSetSizes(sizes[head], layer: layer, head: heads[head], side: side) }
            }
        }
        return M.Result(
            model: model.name, mode: params.mode, contexts: texts.count, tokens: texts.reduce(0) { $0 + $1.count }, rank: rank,
            heads: shown)
    }

    /// What is read: the prompts of a task, or the contexts of a text.
    private func read(_ params: M.Params, _ model: LoadedModel, _ access: FileAccess) throws -> [[Int32]] {
        if let task = params.task {
            guard params.corpus == nil else { throw ParameterError("task", "give 'task' or 'corpus', not both") }
            return try TaskPrompts(model: model, access: access).prompts(
                task, count: params.count, seed: params.seed, prependsBOS: params.prepend_bos
            ).map(\.tokens)
        }
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: models.embedded.path, access: access)
        let T = min(params.context, model.gpt2.configuration.n_ctx)
        let contexts = try corpus.contexts(model, T: T, limit: params.contexts)
        return try (0..<contexts.count).map { try contexts.context($0) }
    }
}

extension HeadSetSizes {
    /// A count as the wire has it.
    fileprivate init(_ sizes: SetSizes, layer: Int, head: Int, side: SignalSide?) {
        self.init(
            layer: layer, head: head, side: side, looks: sizes.looks, mean: sizes.mean.map { Float($0) },
            median: sizes.quantile(0.5),
            q10: sizes.quantile(0.1), q90: sizes.quantile(0.9), histogram: sizes.histogram)
    }
}
