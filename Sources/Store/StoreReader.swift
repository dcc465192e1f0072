import LMDB

/// One consistent state of the store; it exists only inside the closure of `Store.read`, or as `StoreWriter.reader`.
public struct StoreReader: ~Escapable {
    let transaction: ReadTransaction
    let databases: Databases

    @_lifetime(copy transaction)
    init(transaction: ReadTransaction, databases: Databases) {
        self.transaction = transaction
        self.databases = databases
    }

    /// The checked payload of a record; nil if there is none.
    @_lifetime(copy self)
    func payload(_ key: [UInt8], in table: Schema.Table) throws -> Span<UInt8>? {
        guard let value = try transaction.value(key.span, in: databases[table]) else { return nil }
        return try Record.payload(value, key: key.span, table: table)
    }

    /// Calls `body` with each key and checked payload from `start` on whose key begins with `prefix`, in key order, until
    /// it returns false.
    func forEach(
        _ table: Schema.Table, prefix: [UInt8] = [], from start: [UInt8]? = nil,
        _ body: (Span<UInt8>, Span<UInt8>) throws -> Bool
    ) throws {
        var cursor = try transaction.cursor(databases[table])
        let first = start ?? prefix
        var found = try cursor.seek(first.span)
        while found, cursor.key.starts(with: prefix.span) {
            guard try body(cursor.key, Record.payload(cursor.value, key: cursor.key, table: table)) else { return }
            found = try cursor.next()
        }
    }
}

/// The one transaction that changes the store; it exists only inside the closure of `Store.write`.
public struct StoreWriter: ~Copyable, ~Escapable {
    // Private also because 6.3.1 fails on a getter of a type that cannot be copied when testing is enabled.
    private var transaction: WriteTransaction
    let databases: Databases

    @_lifetime(copy transaction)
    init(transaction: consuming WriteTransaction, databases: Databases) {
        self.transaction = transaction
        self.databases = databases
    }

    /// The state that this transaction has made so far.
    public var reader: StoreReader {
        @_lifetime(borrow self)
        get { StoreReader(transaction: transaction.reading, databases: databases) }
    }

    /// Stores a record in place of what was there.
    @_lifetime(self: copy self)
    mutating func put(_ payload: Span<UInt8>, for key: [UInt8], in table: Schema.Table, appending: Bool = false) throws {
        let header = Record.header(key: key.span, payload: payload, table: table)
        try transaction.put(payload, header: header.span, for: key.span, in: databases[table], appending: appending)
    }

    /// Deletes a record; false if it was not there.
    @_lifetime(self: copy self)
    mutating func delete(_ key: [UInt8], in table: Schema.Table) throws -> Bool {
        try transaction.delete(key.span, in: databases[table])
    }

    /// Deletes the records whose keys begin with `prefix`, up to `limit`; returns how many it deleted.
    @_lifetime(self: copy self)
    mutating func delete(prefix: [UInt8], in table: Schema.Table, limit: Int) throws -> Int {
        try transaction.delete(prefix: prefix.span, in: databases[table], limit: limit)
    }

    /// Gives out the numbers 1, 2, 3, … under a key of `meta`, each once.
    @_lifetime(self: copy self)
    mutating func nextNumber(_ name: String) throws -> Int {
        let key = Array(name.utf8)
        var number: UInt64 = 1
        if let payload = try reader.payload(key, in: .meta) {
            guard payload.count == MemoryLayout<UInt64>.size else {
                throw Schema.Table.meta.corrupt(key.span, "the number has \(payload.count) bytes, not 8")
            }
            number = payload.load(at: 0, as: UInt64.self)
        }
        var next: [UInt8] = []
        next.append(littleEndian: number + 1)
        try put(next.span, for: key, in: .meta)
        return Int(number)
    }
}
