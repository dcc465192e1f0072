import API
import Store

/// `store.stats`.
struct StoreStatsHandler: MethodHandler {
    typealias M = StoreStats
    let store: Store
    let facts: ServiceFacts
    let care: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let stats = try await care.run { [store] in try store.stats() }
        return M.Result(
            directory: store.directory, schema_version: facts.storeSchemaVersion, file_bytes: stats.fileSize,
            used_bytes: stats.usedPages * stats.pageSize, free_bytes: stats.freePages * stats.pageSize,
            disk_available_bytes: stats.availableBytes, records: stats.entries, readers: stats.readers.count,
            oldest_reader_transactions: stats.oldestReader?.age ?? 0)
    }
}
