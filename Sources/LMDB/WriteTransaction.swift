private import CLMDB

/// The one transaction that may change the environment.
///
/// It exists only inside the closure of `Environment.write`, which commits what it did, or aborts it if the closure throws.
/// Bytes borrowed through `reading` end before the next change: the compiler sees to it.
@safe public struct WriteTransaction: ~Copyable, ~Escapable {
    private let handle: OpaquePointer
    private let path: String

    @_lifetime(immortal)
    init(handle: OpaquePointer, path: String) {
        unsafe self.handle = unsafe handle
        self.path = path
    }

    /// The state that this transaction has made so far.
    public var reading: ReadTransaction {
        @_lifetime(borrow self)
        get { unsafe ReadTransaction(handle: handle, path: path) }
    }

    /// Opens a named database, and makes it if there is none and `create` says so.
    ///
    /// The handle becomes valid for other transactions with the commit. Call it when the environment is opened: not while
    /// other transactions of this process are open.
    /// - Throws: `LMDBError` with `.noSuchDatabase`. *Source:* `mdb_dbi_open`.
    @_lifetime(self: copy self)
    public mutating func database(_ name: String, create: Bool = true) throws -> Database {
        var handle = MDB_dbi()
        let code = unsafe mdb_dbi_open(self.handle, name, create ? UInt32(MDB_CREATE) : 0, &handle)
        if code == MDB_NOTFOUND {
            throw LMDBError(.noSuchDatabase(name: name), operation: "mdb_dbi_open", path: path, number: code)
        }
        try check(code, "mdb_dbi_open")
        return Database(name: name, handle: handle)
    }

    /// Stores `header` followed by `value` under `key`, in place of what was there.
    ///
    /// - Parameters:
    ///   - key: 1 to 511 bytes.
    ///   - appending: The key is greater than every key of the database; it is put at the end without a search, and pages
    ///     are filled to the brim. `LMDBError` with `.keyOutOfOrder` if it is not greater.
    /// - Throws: `LMDBError`. *Source:* `mdb_put` with `MDB_RESERVE`, so that nothing is copied twice.
    @_lifetime(self: copy self)
    public mutating func put(
        _ value: Span<UInt8>, header: Span<UInt8> = Span(), for key: Span<UInt8>, in database: Database,
        appending: Bool = false
    ) throws {
        var place = unsafe MDB_val(mv_size: header.count + value.count, mv_data: nil)
        let flags = UInt32(MDB_RESERVE) | (appending ? UInt32(MDB_APPEND) : 0)
        let code = unsafe key.withValue { size, address in
            var key = unsafe MDB_val(mv_size: size, mv_data: address)
            return unsafe mdb_put(handle, database.handle, &key, &place, flags)
        }
        try check(code, "mdb_put", bytes: key.isEmpty || key.count > Environment.largestKey ? key.count : value.count)
        guard let start = unsafe place.mv_data else { return }
        unsafe header.withUnsafeBytes {
            if let from = $0.baseAddress { unsafe start.copyMemory(from: from, byteCount: $0.count) }
        }
        let rest = unsafe start + header.count
        unsafe value.withUnsafeBytes { if let from = $0.baseAddress { unsafe rest.copyMemory(from: from, byteCount: $0.count) } }
    }

    /// Deletes `key`; false if it was not there.
    ///
    /// - Throws: `LMDBError`. *Source:* `mdb_del`.
    @_lifetime(self: copy self)
    @discardableResult
    public mutating func delete(_ key: Span<UInt8>, in database: Database) throws -> Bool {
        let code = unsafe key.withValue { size, address in
            var key = unsafe MDB_val(mv_size: size, mv_data: address)
            return unsafe mdb_del(handle, database.handle, &key, nil)
        }
        if code == MDB_NOTFOUND { return false }
        try check(code, "mdb_del", bytes: key.count)
        return true
    }

    /// Deletes the entries whose keys begin with `prefix`, in key order, up to `limit`; returns how many it deleted.
    ///
    /// Fewer than `limit` means that none is left.
    /// - Throws: `LMDBError`. *Source:* `mdb_cursor_del`.
    @_lifetime(self: copy self)
    public mutating func delete(prefix: Span<UInt8>, in database: Database, limit: Int = .max) throws -> Int {
        var cursor: OpaquePointer?
        try check(unsafe mdb_cursor_open(handle, database.handle, &cursor), "mdb_cursor_open")
        defer { unsafe mdb_cursor_close(cursor) }
        var deleted = 0
        while deleted < limit {
            var key = unsafe MDB_val()
            var value = unsafe MDB_val()
            let code = unsafe prefix.withValue { size, address in
                unsafe key = unsafe MDB_val(mv_size: size, mv_data: address)
                return unsafe mdb_cursor_get(cursor, &key, &value, prefix.isEmpty ? MDB_FIRST : MDB_SET_RANGE)
            }
            if code == MDB_NOTFOUND { break }
            try check(code, "mdb_cursor_get", bytes: prefix.count)
            guard unsafe Span(size: key.mv_size, address: key.mv_data).starts(with: prefix) else { break }
            try check(unsafe mdb_cursor_del(cursor, 0), "mdb_cursor_del")
            deleted += 1
        }
        return deleted
    }

    private func check(_ code: Int32, _ operation: String, bytes: Int = 0) throws {
        if code != 0 { throw LMDBError(number: code, operation: operation, path: path, bytes: bytes) }
    }
}
