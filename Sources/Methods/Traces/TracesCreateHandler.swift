import API
import Artifacts
private import Foundation
import JSON
import Jobs

/// `traces.create`: checks all that can be checked, then queues the job.
struct TracesCreateHandler: MethodHandler {
    typealias M = TracesCreate
    let models: ModelLibrary
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        try TracedPrompts.check(params.roots ?? [], model)
        let access = rights.access(of: call)
        let estimate = try await compute.run {
            let prompts = try TracedPrompts.list(
                nil, prompts: params.prompts, task: params.task.map { ($0, params.count, params.seed) },
                prependsBOS: params.prepend_bos, model, access)
            guard params.roots != nil || prompts.allSatisfy({ $0.answer != nil }) else {
                throw ParameterError(
                    "roots", "give 'roots', or prompts with answers, whose traces begin with what makes them likely")
            }
            return TrainingCost(params, prompts, model: model).estimate(flopsPerSecond: TrainingCost.speed())
        }
        try estimate.check(
            memory: Int(clamping: ProcessInfo.processInfo.physicalMemory), advice: "trace shorter prompts, or fewer nodes")
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .tracesCreate, params: try JSON(encoding: params), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call), request: call.request)
        return JobSubmission(job: submitted, estimate: estimate)
    }
}
