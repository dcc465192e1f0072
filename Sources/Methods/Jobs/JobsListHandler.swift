import API
import Jobs

/// `jobs.list`.
struct JobsListHandler: MethodHandler {
    typealias M = JobsList
    let jobs: JobQueue

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        // The cursor is the last job of the page before.
        let page = try await jobs.jobs(state: params.state, before: params.cursor, limit: params.limit + 1)
        let shown = page.prefix(params.limit)
        return M.Result(jobs: Array(shown), next_cursor: page.count > shown.count ? shown.last?.job : nil)
    }
}
