import API
import Artifacts
import Checkpoints
import Foundation
import GPT2
import JSON
import Jobs

/// `saes.train`: checks all that can be checked, then queues the job.
struct SAEsTrainHandler: MethodHandler {
    typealias M = SAEsTrain
    let models: ModelLibrary
    let caches: CacheArchive
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    /// *Source:* specification 3.2, context 128.
    private static let longestContext = 128

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), c = model.gpt2.configuration
        for layer in params.layers { try model.check(layer: layer) }
        guard Set(params.layers).count == params.layers.count else {
            throw ParameterError("layers", "layers names something twice: \(params.layers)")
        }
        if let context = params.context, context > c.n_ctx {
            throw APIError(
                .textTooLong, "context \(context) is longer than the \(c.n_ctx) tokens that '\(model.name)' reads",
                facts: ["context": .integer(context), "n_ctx": .integer(c.n_ctx)])
        }
        var job = params, T = params.context ?? min(c.n_ctx, Self.longestContext)
        job.model = model.name
        if let cache = params.cache {
            let info = try caches.info(cache)
            try check(params, against: info, model)
            T = info.context
        }
        job = try job.resolved(width: params.site.width(in: model.gpt2), context: T, n_layers: c.n_layers)
        let resolved = job, context = T, access = rights.access(of: call)
        for layer in resolved.layers.indices { _ = try resolved.recipe(layer: layer) }
        let needed = resolved.held_out_contexts + (resolved.batch_sequences ?? 1)
        if let cache = params.cache { try check(cache: try caches.info(cache), contexts: needed) }
        let estimate = try await compute.run {
            var corpusBytes = 0
            if resolved.cache == nil {
                let corpus = try Corpus(
                    resolved.corpus, field: resolved.text_field, for: model, embeddedDirectory: models.embedded.path,
                    access: access)
                try corpus.check(model, T: context, contexts: needed)
                corpusBytes = corpus.size()
            }
            let cost = TrainingCost(resolved, model: model, context: context, corpusBytes: corpusBytes)
            return cost.estimate(flopsPerSecond: TrainingCost.speed())
        }
        try estimate.check(
            memory: Int(clamping: ProcessInfo.processInfo.physicalMemory),
            advice: "ask for fewer layers or features, a smaller batch, or fewer shuffle_steps")
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .saesTrain, params: try JSON(encoding: resolved), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call), request: call.request
        )
        return JobSubmission(job: submitted, estimate: estimate)
    }

    /// Refuses a cache that the training cannot use.
    private func check(_ params: M.Params, against cache: CacheInfo, _ model: LoadedModel) throws {
        guard cache.model_fingerprint == model.fingerprint else {
            throw ParameterError("cache", "cache \(cache.cache) holds activations of '\(cache.model)', not of '\(model.name)'")
        }
        if params.corpus != nil || params.text_field != nil {
            throw ParameterError("corpus", "give a corpus or a cache, not both")
        }
        if let context = params.context, context != cache.context {
            throw ParameterError("context", "context is \(context), but cache \(cache.cache) has contexts of \(cache.context)")
        }
        for layer in params.layers {
            let name = params.site.activation(layer).description
            guard cache.activations.contains(where: { $0.name == name }) else {
                throw ParameterError("cache", "cache \(cache.cache) does not hold \(name), which layer \(layer) is trained on")
            }
        }
    }

    private func check(cache: CacheInfo, contexts needed: Int) throws {
        guard cache.contexts >= needed else {
            throw ParameterError(
                "cache", "cache \(cache.cache) has \(cache.contexts) contexts; held_out_contexts and one batch need \(needed)")
        }
    }
}
