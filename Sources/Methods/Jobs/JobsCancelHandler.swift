import API
import Jobs

/// `jobs.cancel`.
struct JobsCancelHandler: MethodHandler {
    typealias M = JobsCancel
    let jobs: JobQueue

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await jobs.cancel(params.job, by: Int(call.peer.uid))
    }
}
