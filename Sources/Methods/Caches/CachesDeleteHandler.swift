import API
import Artifacts
import JSON
import Jobs

/// `caches.delete`.
struct CachesDeleteHandler: MethodHandler {
    typealias M = CachesDelete
    let caches: CacheArchive
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let info = try caches.info(params.cache)
        try rights.checkOwner(of: "cache \(info.cache)", info.owner_uid, in: call)
        let reader = try await jobs.jobs(state: nil).first { !$0.state.hasEnded && $0.params["cache"]?.string == info.cache }
        if let reader {
            throw APIError(
                .cacheInUse, "job \(reader.job), which is \(reader.state.rawValue), reads from cache \(info.cache)",
                facts: ["cache": .string(info.cache), "job": .string(reader.job)])
        }
        // Deleting writes, which may wait for the worker's transaction: not on the pool that serves.
        try await compute.run { try caches.delete(info.cache) }
        return M.Result(cache: info.cache, freed_bytes: info.disk_bytes)
    }
}
