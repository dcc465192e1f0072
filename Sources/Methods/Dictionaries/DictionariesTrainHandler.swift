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
    let jobs: JobQueue
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        for layer in params.layers { try model.check(layer: layer) }
        let n_ctx = model.gpt2.configuration.n_ctx
        if let context = params.context, context > n_ctx {
            throw APIError(
                .textTooLong, "context \(context) is longer than the \(n_ctx) tokens that '\(model.name)' reads",
                facts: ["context": .integer(context), "n_ctx": .integer(n_ctx)])
        }
        var params = params
        params.model = model.name
        params.context = params.context ?? min(n_ctx, Corpus.longestContext)
        let keys = params.d_sae_key ?? params.d_sae_query
        guard keys.count == params.d_sae_query.count else {
            throw ParameterError(
                "d_sae_key",
                "d_sae_key names \(keys.count) sizes and d_sae_query \(params.d_sae_query.count); each query size needs its key size"
            )
        }
        params.d_sae_key = keys
        let job = params, T = params.context ?? n_ctx
        let estimate = try await compute.run {
            let corpus = try Corpus(job.corpus, field: job.text_field, for: model, embeddedDirectory: models.embedded.path)
            try corpus.check(model, T: T, contexts: job.held_out_contexts + job.batch_sequences)
            let cost = TrainingCost(job, model: model, context: T, corpusBytes: corpus.size())
            return cost.estimate(flopsPerSecond: TrainingCost.measureSpeed())
        }
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .dictionariesTrain, params: try JSON(encoding: params), owner: Int(call.peer.uid))
        return JobSubmission(job: submitted, estimate: estimate)
    }
}
