import API
import Artifacts
import GPT2
import JSON
import Jobs

/// `caches.create`: checks all that can be checked, then queues the job.
struct CachesCreateHandler: MethodHandler {
    typealias M = CachesCreate
    let models: ModelLibrary
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        let plan = try CachePlan(params, model: model)
        var params = params
        params.model = model.name
        params.context = plan.T
        params.activations = plan.names.map(\.description)
        let job = params
        let access = rights.access(of: call)
        let estimate = try await compute.run {
            let corpus = try Corpus(
                job.corpus, field: job.text_field, for: model, embeddedDirectory: models.embedded.path, access: access)
            let contexts = try corpus.countContexts(model, T: plan.T, limit: job.contexts)
            let cost = TrainingCost(job, plan, model: model, contexts: contexts, corpusBytes: corpus.size())
            return cost.estimate(flopsPerSecond: TrainingCost.speed())
        }
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .cachesCreate, params: try JSON(encoding: params), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call), request: call.request)
        return JobSubmission(job: submitted, estimate: estimate)
    }
}
