private import Foundation
import Checkpoints
import GPT2
import API
import Artifacts
import JSON
import Jobs

/// `dictionaries.train`: checks all that can be checked, then queues the job.
struct DictionariesTrainHandler: MethodHandler {
    typealias M = DictionariesTrain
    let models: ModelLibrary
    let caches: CacheArchive
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        for layer in params.layers { try model.check(layer: layer) }
        try checkOnce("layers", params.layers)
        try checkOnce("seeds", params.seeds)
        let n_ctx = model.gpt2.configuration.n_ctx
        if let context = params.context, context > n_ctx {
            throw APIError(
                .textTooLong, "context \(context) is longer than the \(n_ctx) tokens that '\(model.name)' reads",
                facts: ["context": .integer(context), "n_ctx": .integer(n_ctx)])
        }
        var params = params
        params.model = model.name
        if params.cache == nil { params.context = params.context ?? min(n_ctx, Corpus.longestContext) }
        params = try params.resolved()
        let queries = params.d_sae_query ?? [], keys = params.d_sae_key ?? queries
        guard keys.count == queries.count else {
            throw ParameterError(
                "d_sae_key",
                "d_sae_key names \(keys.count) sizes and d_sae_query \(queries.count); each query size needs its key size"
            )
        }
        params.d_sae_key = keys
        try checkOnce("d_sae_query", zip(queries, keys).map { [$0, $1] })
        if let cache = params.cache {
            let info = try caches.info(cache)
            try check(params, against: info, model)
            params.context = info.context
        }
        let job = params, T = params.context ?? n_ctx
        let access = rights.access(of: call)
        let estimate = try await compute.run {
            if job.cache != nil {
                let cost = TrainingCost(job, model: model, context: T, corpusBytes: 0)
                return cost.estimate(flopsPerSecond: TrainingCost.speed())
            }
            let corpus = try Corpus(
                job.corpus, field: job.text_field, for: model, embeddedDirectory: models.embedded.path, access: access)
            try corpus.check(model, T: T, contexts: job.held_out_contexts + (job.batch_sequences ?? 1))
            let cost = TrainingCost(job, model: model, context: T, corpusBytes: corpus.size())
            return cost.estimate(flopsPerSecond: TrainingCost.speed())
        }
        try estimate.check(memory: Int(clamping: ProcessInfo.processInfo.physicalMemory))
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .dictionariesTrain, params: try JSON(encoding: params), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call), request: call.request)
        return JobSubmission(job: submitted, estimate: estimate)
    }

    /// Refuses a list that names something twice: the same dictionary would be trained twice.
    private func checkOnce<Element: Hashable>(_ name: String, _ list: [Element]) throws {
        if Set(list).count < list.count { throw ParameterError(name, "\(name) names something twice: \(list)") }
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
            let name = ActivationName(.ln1_x, layer).description
            guard cache.activations.contains(where: { $0.name == name }) else {
                throw ParameterError("cache", "cache \(cache.cache) does not hold \(name), which layer \(layer) is trained on")
            }
        }
        let needed = params.held_out_contexts + (params.batch_sequences ?? 1)
        guard cache.contexts >= needed else {
            throw ParameterError(
                "cache",
                "cache \(cache.cache) has \(cache.contexts) contexts; held_out_contexts and one batch need \(needed)")
        }
    }
}
