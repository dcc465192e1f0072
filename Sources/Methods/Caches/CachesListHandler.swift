import API
import Artifacts

/// `caches.list`.
struct CachesListHandler: MethodHandler {
    typealias M = CachesList
    let caches: CacheArchive

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let all = try caches.all().filter { params.model == nil || $0.model == params.model }
        let page = try Page(all, id: \.cache, cursor: params.cursor, limit: params.limit)
        return M.Result(caches: page.elements, next_cursor: page.nextCursor)
    }
}
