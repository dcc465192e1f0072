import LMDB

/// The size of a store and who reads it.
public struct StoreStatistics: Hashable, Sendable {
    /// An open read transaction.
    public struct Reader: Hashable, Sendable {
        /// The process that reads.
        public let process: Int
        /// Write transactions committed since the state that it reads; pages that these replaced are not used again yet.
        public let age: Int
    }

    /// Bytes of the file, which never shrinks; freed pages are used again.
    public let fileSize: Int
    /// Bytes of address space that the file may fill.
    public let mapSize: Int
    /// Bytes of a page.
    public let pageSize: Int
    /// Pages that hold data.
    public let usedPages: Int
    /// Pages of the file that wait to be used again.
    public let freePages: Int
    /// Bytes that the file system has available.
    public let availableBytes: Int
    /// Records of each named database.
    public let entries: [String: Int]
    /// The open read transactions of all processes, the oldest first.
    public let readers: [Reader]

    /// The transaction that reads the oldest state.
    public var oldestReader: Reader? { readers.first }
}

extension Store {
    /// The size of the store and who reads it now.
    ///
    /// - Throws: `StoreError`. Cost: one walk of the free list.
    public func stats() throws -> StoreStatistics {
        try translating {
            let (entries, freePages) = try environment.read { transaction in
                var entries: [String: Int] = [:]
                for table in Schema.Table.allCases {
                    entries[table.name] = try transaction.statistics(databases[table]).entries
                }
                return (entries, try transaction.freePages())
            }
            let file = try environment.statistics()
            return StoreStatistics(
                fileSize: file.fileSize, mapSize: file.mapSize, pageSize: file.pageSize,
                usedPages: file.usedPages - freePages, freePages: freePages, availableBytes: environment.availableBytes,
                entries: entries,
                readers: file.readers.map {
                    StoreStatistics.Reader(process: $0.process, age: file.lastTransaction - $0.transaction)
                })
        }
    }
}

extension Store {
    /// The version of the layout that this code reads and writes.
    public static var schemaVersion: Int { Int(Schema.version) }
}
