import API
import Artifacts
import JSON
import Jobs

/// `maps.train`: checks all that can be checked, then queues the job.
struct MapsTrainHandler: MethodHandler {
    typealias M = MapsTrain
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let dictionary = try await dictionaries.dictionary(params.dictionary)
        let T = dictionary.info.context
        var params = params
        // The text that the dictionary was trained on, unless another is named.
        (params.corpus, params.text_field) = dictionary.info.corpus(unless: params.corpus, field: params.text_field)
        let job = params
        let access = rights.access(of: call)
        let estimate = try await compute.run {
            let corpus = try Corpus(
                job.corpus, field: job.text_field, for: dictionary.model, embeddedDirectory: models.embedded.path, access: access)
            try corpus.check(dictionary.model, T: T, contexts: job.held_out_contexts + job.batch_sequences)
            let cost = TrainingCost(job, dictionary: dictionary, context: T, corpusBytes: corpus.size())
            return cost.estimate(flopsPerSecond: TrainingCost.speed())
        }
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .mapsTrain, params: try JSON(encoding: params), owner: Int(call.peer.uid), clientRoots: rights.roots(of: call),
            request: call.request)
        return JobSubmission(job: submitted, estimate: estimate)
    }
}
