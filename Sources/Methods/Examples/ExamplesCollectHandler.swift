import API
import Artifacts
private import Foundation
import JSON
import Jobs

/// `examples.collect`: checks all that can be checked, then queues the job.
struct ExamplesCollectHandler: MethodHandler {
    typealias M = ExamplesCollect
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let map = try dictionaries.maps.info(params.map)
        let dictionary = try await dictionaries.dictionary(map.dictionary)
        var params = params
        (params.corpus, params.text_field) = dictionary.info.corpus(unless: params.corpus, field: params.text_field)
        let job = params
        let access = rights.access(of: call)
        let estimate = try await compute.run {
            let corpus = try Corpus(
                job.corpus, field: job.text_field, for: dictionary.model, embeddedDirectory: models.embedded.path, access: access)
            let T = dictionary.info.context
            let contexts = try corpus.countContexts(dictionary.model, T: T, limit: job.contexts)
            let cost = TrainingCost(job, map: map, dictionary: dictionary, context: T, contexts: contexts)
            return cost.estimate(flopsPerSecond: TrainingCost.speed())
        }
        try estimate.check(
            memory: Int(clamping: ProcessInfo.processInfo.physicalMemory),
            advice: "ask for the strongest entries only (entries), or for fewer examples")
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .examplesCollect, params: try JSON(encoding: params), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call), request: call.request)
        return JobSubmission(job: submitted, estimate: estimate)
    }
}
