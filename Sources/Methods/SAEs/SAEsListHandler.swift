import API
import Artifacts

/// `saes.list`.
struct SAEsListHandler: MethodHandler {
    typealias M = SAEsList
    let saes: SAEArchive
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let isFiltered = params.model != nil || params.layer != nil || params.site != nil
        let page = try await compute.walk(isShort: !isFiltered) { [saes] in
            try saes.newest(after: params.cursor, limit: params.limit) {
                (params.model == nil || $0.model == params.model) && (params.layer == nil || $0.layer == params.layer)
                    && (params.site == nil || $0.site == params.site)
            }
        }
        return M.Result(saes: page.found, next_cursor: page.hasMore ? page.found.last?.sae : nil)
    }
}
