import API
import Artifacts

/// `caches.get`.
struct CachesGetHandler: MethodHandler {
    typealias M = CachesGet
    let caches: CacheArchive

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try caches.info(params.cache) }
}
