private import CLMDB

/// A position in one database, moved in key order.
///
/// `key` and `value` are borrowed from the transaction; before a successful move they are empty.
@safe public struct Cursor: ~Copyable, ~Escapable {
    private var position = unsafe (key: MDB_val(), value: MDB_val())
    private let path: String
    private let handle: OpaquePointer?

    @_lifetime(immortal)
    init(handle: OpaquePointer?, path: String) {
        self.path = path
        unsafe self.handle = unsafe handle
    }

    deinit { unsafe mdb_cursor_close(handle) }

    /// The key at the position.
    public var key: Span<UInt8> {
        @_lifetime(copy self)
        get { unsafe _overrideLifetime(Span(size: position.key.mv_size, address: position.key.mv_data), copying: self) }
    }

    /// The value at the position.
    public var value: Span<UInt8> {
        @_lifetime(copy self)
        get { unsafe _overrideLifetime(Span(size: position.value.mv_size, address: position.value.mv_data), copying: self) }
    }

    /// Moves to the first entry; false if there is none.
    @_lifetime(self: copy self)
    public mutating func first() throws -> Bool { try move(MDB_FIRST) }

    /// Moves to the last entry; false if there is none.
    @_lifetime(self: copy self)
    public mutating func last() throws -> Bool { try move(MDB_LAST) }

    /// Moves to the next entry, from the start to the first; false at the end.
    @_lifetime(self: copy self)
    public mutating func next() throws -> Bool { try move(MDB_NEXT) }

    /// Moves to the previous entry, from the start to the last; false at the beginning.
    @_lifetime(self: copy self)
    public mutating func previous() throws -> Bool { try move(MDB_PREV) }

    /// Moves to the first entry whose key is not less than `key`; false if there is none.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: Span<UInt8>) throws -> Bool {
        guard !key.isEmpty else { return try first() }
        let cursor = unsafe handle
        var found = unsafe MDB_val()
        var value = unsafe MDB_val()
        let code = unsafe key.withValue { size, address in
            unsafe found = unsafe MDB_val(mv_size: size, mv_data: address)
            return unsafe mdb_cursor_get(cursor, &found, &value, MDB_SET_RANGE)
        }
        return try unsafe arrive(code, found, value)
    }

    @_lifetime(self: copy self)
    private mutating func move(_ operation: MDB_cursor_op) throws -> Bool {
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        let code = unsafe mdb_cursor_get(handle, &key, &value, operation)
        return try unsafe arrive(code, key, value)
    }

    @_lifetime(self: copy self)
    private mutating func arrive(_ code: Int32, _ key: MDB_val, _ value: MDB_val) throws -> Bool {
        if code == 0 {
            unsafe position = unsafe (key, value)
            return true
        }
        unsafe position = unsafe (MDB_val(), MDB_val())
        if code == MDB_NOTFOUND { return false }
        throw LMDBError(number: code, operation: "mdb_cursor_get", path: path)
    }
}
