import API
import Jobs

/// `jobs.get`.
struct JobsGetHandler: MethodHandler {
    typealias M = JobsGet
    let jobs: JobQueue

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try await jobs.job(params.job) }
}
