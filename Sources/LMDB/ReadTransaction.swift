private import CLMDB

/// One consistent state of the environment, to be read.
///
/// It exists only inside the closure of `Environment.read` (or as `WriteTransaction.reading`), and the bytes it lends live
/// no longer than it does: the compiler sees to both. Copies are cheap and mean the same transaction.
@safe public struct ReadTransaction: ~Escapable {
    let handle: OpaquePointer
    let path: String

    @_lifetime(immortal)
    init(handle: OpaquePointer, path: String) {
        unsafe self.handle = unsafe handle
        self.path = path
    }

    /// The value of `key`, borrowed; nil if there is none.
    ///
    /// - Throws: `LMDBError`. Cost: one descent of the tree, no copy. *Source:* `mdb_get`.
    @_lifetime(copy self)
    public func value(_ key: Span<UInt8>, in database: Database) throws -> Span<UInt8>? {
        var found = unsafe MDB_val()
        let code = unsafe key.withValue { size, address in
            var key = unsafe MDB_val(mv_size: size, mv_data: address)
            return unsafe mdb_get(handle, database.handle, &key, &found)
        }
        if code == MDB_NOTFOUND { return nil }
        try check(code, "mdb_get", bytes: key.count)
        return unsafe _overrideLifetime(Span(size: found.mv_size, address: found.mv_data), copying: self)
    }

    /// A cursor over one database, before its first entry.
    ///
    /// - Throws: `LMDBError`. *Source:* `mdb_cursor_open`.
    @_lifetime(copy self)
    public func cursor(_ database: Database) throws -> Cursor {
        var cursor: OpaquePointer?
        try check(unsafe mdb_cursor_open(handle, database.handle, &cursor), "mdb_cursor_open")
        return unsafe _overrideLifetime(Cursor(handle: cursor, path: path), copying: self)
    }

    /// The number of entries and of pages of one database.
    ///
    /// - Throws: `LMDBError`. Cost: constant. *Source:* `mdb_stat`.
    public func statistics(_ database: Database) throws -> DatabaseStatistics {
        var found = MDB_stat()
        try check(unsafe mdb_stat(handle, database.handle, &found), "mdb_stat")
        return DatabaseStatistics(
            entries: found.ms_entries, depth: Int(found.ms_depth),
            pages: found.ms_branch_pages + found.ms_leaf_pages + found.ms_overflow_pages)
    }

    /// The number of pages that the file holds for reuse.
    ///
    /// - Throws: `LMDBError`. Cost: one walk of the free list.
    public func freePages() throws -> Int {
        // Database 0 is the free list; each value is a count followed by that many page numbers. Source: mdb.c, FREE_DBI.
        var cursor = try cursor(Database(name: "free list", handle: 0))
        var pages = 0
        while try cursor.next() { pages += Int(cursor.value.load(at: 0, as: UInt64.self)) }
        return pages
    }

    private func check(_ code: Int32, _ operation: String, bytes: Int = 0) throws {
        if code != 0 { throw LMDBError(number: code, operation: operation, path: path, bytes: bytes) }
    }
}

/// The size of one database.
public struct DatabaseStatistics: Hashable, Sendable {
    /// Key-value pairs.
    public let entries: Int
    /// Levels of the tree.
    public let depth: Int
    /// Branch, leaf and overflow pages together.
    public let pages: Int
}
