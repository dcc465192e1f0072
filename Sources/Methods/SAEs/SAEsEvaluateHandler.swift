import API
import Artifacts
import Checkpoints
import GPT2
import JSON
import Jobs

/// `saes.evaluate`: checks all that can be checked, then queues the job.
struct SAEsEvaluateHandler: MethodHandler {
    typealias M = SAEsEvaluate
    let saes: SAEArchive
    let models: ModelLibrary
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let info = try saes.info(params.sae), model = try await models.model(info.model)
        guard model.fingerprint == info.model_fingerprint else {
            throw APIError(
                .dictionaryModelMismatch,
                "sparse autoencoder \(info.sae) was trained on '\(info.model)' with fingerprint \(info.model_fingerprint); "
                    + "'\(model.name)' has \(model.fingerprint)",
                facts: ["sae": .string(info.sae), "model": .string(model.name), "fingerprint": .string(model.fingerprint)])
        }
        var params = params
        (params.corpus, params.text_field) = info.corpus(unless: params.corpus, field: params.text_field)
        let job = params, access = rights.access(of: call)
        let estimate = try await compute.run {
            let corpus = try Corpus(
                job.corpus, field: job.text_field, for: model, embeddedDirectory: models.embedded.path, access: access)
            try corpus.check(model, T: info.context, contexts: job.contexts)
            return TrainingCost(job, info, model: model).estimate(flopsPerSecond: TrainingCost.speed())
        }
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .saesEvaluate, params: try JSON(encoding: params), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call), request: call.request)
        return JobSubmission(job: submitted, estimate: estimate)
    }
}
