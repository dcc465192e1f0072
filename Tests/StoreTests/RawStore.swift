import LMDB
import Store

/// A store's environment opened below the store, to damage it.
final class RawStore {
    private var environment: Environment?

    init(_ directory: String) throws { environment = try Environment(directory: directory) }

    /// Makes what the engine takes for a file of its own, and the store for none.
    static func makeForeign(_ directory: String) throws {
        let environment = try Environment(directory: directory)
        try environment.write { _ = try $0.database("of another program") }
    }

    /// Gives the directory back, so that a store may open it.
    func close() { environment = nil }

    /// A value as the store writes it: checksum, layout 1, the table's tag, the payload.
    static func record(key: [UInt8], payload: [UInt8], table: UInt8) -> [UInt8] {
        let tail: [UInt8] = [1, table, 0, 0]
        var checksum = CRC32C()
        checksum.update((tail + key + payload).span)
        let value = checksum.value
        return (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } + tail + payload
    }

    /// Replaces one value, or deletes it where the closure returns nil.
    func replace(in database: String, key: [UInt8], _ change: ([UInt8]) -> [UInt8]?) throws {
        guard let environment else { preconditionFailure("the environment is closed") }
        try environment.write { transaction in
            let database = try transaction.database(database, create: false)
            guard let value = try transaction.reading.value(key.span, in: database)?.array else {
                preconditionFailure("there is no key \(key) in \(database.name)")
            }
            if let changed = change(value) {
                try transaction.put(changed.span, for: key.span, in: database)
            } else {
                try transaction.delete(key.span, in: database)
            }
        }
    }

    /// The key and value at a place of a database, in key order.
    func record(in database: String, at index: Int) throws -> (key: [UInt8], value: [UInt8]) {
        guard let environment else { preconditionFailure("the environment is closed") }
        return try environment.write { transaction in
            let database = try transaction.database(database, create: false)
            var cursor = try transaction.reading.cursor(database)
            for _ in 0...index { _ = try cursor.next() }
            return (cursor.key.array, cursor.value.array)
        }
    }
}
