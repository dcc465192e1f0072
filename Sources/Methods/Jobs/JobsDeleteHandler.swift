import API
import Jobs

/// `jobs.delete`.
struct JobsDeleteHandler: MethodHandler {
    typealias M = JobsDelete
    let jobs: JobQueue

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await jobs.delete(params.job, by: Int(call.peer.uid))
        return M.Result(job: params.job)
    }
}
