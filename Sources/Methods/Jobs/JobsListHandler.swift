import API
import Jobs

/// `jobs.list`.
struct JobsListHandler: MethodHandler {
    typealias M = JobsList
    let jobs: JobQueue

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let page = try Page(try await jobs.jobs(state: params.state), id: \.job, cursor: params.cursor, limit: params.limit)
        return M.Result(jobs: page.elements, next_cursor: page.nextCursor)
    }
}
