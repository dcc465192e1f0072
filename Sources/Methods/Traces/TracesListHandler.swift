import API
import Artifacts

/// `traces.list`.
struct TracesListHandler: MethodHandler {
    typealias M = TracesList
    let traces: TraceArchive
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run {
            let page = try traces.newest(after: params.cursor, limit: params.limit) {
                params.model == nil || $0.model == params.model
            }
            return M.Result(traces: page.found, next_cursor: page.hasMore ? page.found.last?.trace : nil)
        }
    }
}
