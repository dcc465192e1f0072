public import API
private import Foundation
private import JSON
public import Store

/// Finished activation caches: a document each in the records, and a directory of its own below the store.
///
/// A cache has the number of the job that makes it. While it is written it lies with the job's files; it is moved to its place when it is
/// whole, and visible once its document is written, together with the job's end.
public struct CacheArchive: Sendable {
    private let store: Store

    /// The caches of a store.
    public init(store: Store) { self.store = store }

    /// The name of the cache that a job makes: `c3` for `j3`.
    public static func id(ofJob job: String) -> String { "c" + job.dropFirst() }

    /// The job that makes a cache: `j3` for `c3`.
    private static func job(ofCache id: String) -> String { "j" + id.dropFirst() }

    private var root: String { store.directory + "/caches" }

    /// Where a cache lies, or will lie.
    public func directory(_ id: String) -> String { "\(root)/\(id)" }

    /// A cache's description.
    ///
    /// - Throws: `cache_not_found`.
    public func info(_ id: String) throws -> CacheInfo {
        try store.read { reader in
            guard let bytes = try reader.document(.caches, id: id) else {
                throw APIError(
                    .cacheNotFound, "there is no activation cache '\(id)'; `caches.list` names those there are",
                    facts: ["cache": .string(id)])
            }
            return try JSON(parsing: bytes).decode(CacheInfo.self)
        }
    }

    /// All descriptions, in the order of their jobs.
    public func all() throws -> [CacheInfo] {
        try store.read { reader in
            try reader.documents(.caches).map { try JSON(parsing: $0.bytes).decode(CacheInfo.self) }
        }
    }

    /// Makes a cache visible, inside the caller's transaction.
    public static func publish(_ info: CacheInfo, in writer: inout StoreWriter) throws {
        try writer.put(try JSON(encoding: info).bytes(), .caches, id: info.cache)
    }

    /// Removes a cache: first from sight, then from the disk.
    public func delete(_ id: String) throws {
        try store.write { writer in _ = try writer.delete(.caches, id: id) }
        try ActivationCache.remove(directory(id))
    }

    /// Removes the directories of caches that are not published and whose jobs do not go on.
    ///
    /// - Parameter jobs: The jobs that have not ended.
    /// - Returns: The caches removed.
    public func collectGarbage(unfinishedJobs jobs: Set<String>) throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let published = Set(try all().map(\.cache))
        let stale = names.filter { !published.contains($0) && !jobs.contains(Self.job(ofCache: $0)) }.sorted()
        for name in stale { try ActivationCache.remove(directory(name)) }
        return stale
    }
}
