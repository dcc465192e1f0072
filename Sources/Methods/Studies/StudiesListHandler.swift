import API
import Artifacts

/// `studies.list`.
struct StudiesListHandler: MethodHandler {
    typealias M = StudiesList
    let studies: StudyArchive
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run {
            let page = try studies.newest(after: params.cursor, limit: params.limit) {
                params.model == nil || $0.model == params.model
            }
            return M.Result(studies: page.found, next_cursor: page.hasMore ? page.found.last?.study : nil)
        }
    }
}
