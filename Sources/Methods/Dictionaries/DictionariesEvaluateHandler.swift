import API
import Artifacts
import Checkpoints
import GPT2
import JSON
import Jobs

/// `dictionaries.evaluate`: checks all that can be checked, then queues the job.
struct DictionariesEvaluateHandler: MethodHandler {
    typealias M = DictionariesEvaluate
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let (dictionary, _) = try await dictionaries.named(map: params.map, dictionary: params.dictionary, modelName: nil)
        let T = dictionary.info.context
        var params = params
        (params.corpus, params.text_field) = dictionary.info.corpus(unless: params.corpus, field: params.text_field)
        let job = params
        let access = rights.access(of: call)
        let estimate = try await compute.run {
            let corpus = try Corpus(
                job.corpus, field: job.text_field, for: dictionary.model, embeddedDirectory: models.embedded.path, access: access)
            try corpus.check(dictionary.model, T: T, contexts: job.contexts)
            let cost = TrainingCost(job, dictionary: dictionary, context: T)
            return cost.estimate(flopsPerSecond: TrainingCost.speed())
        }
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .dictionariesEvaluate, params: try JSON(encoding: params), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call), request: call.request)
        return JobSubmission(job: submitted, estimate: estimate)
    }
}
