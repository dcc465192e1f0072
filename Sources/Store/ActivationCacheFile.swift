import LMDB
import Tensors

/// The environment of an activation cache: what its writer and its readers share.
struct ActivationCacheFile: Sendable {
    /// The two databases, with the tags in their records' headers.
    enum Table: UInt8 {
        case meta = 64
        case blocks = 65

        /// The name in the file.
        var name: String {
            switch self {
            case .meta: "cache_meta"
            case .blocks: "cache_blocks"
            }
        }

        /// The error for a damaged value.
        func corrupt(_ key: Span<UInt8>, _ what: String) -> StoreError {
            .corrupt(database: name, key: description(key), what: what)
        }

        private func description(_ key: Span<UInt8>) -> String {
            guard self == .blocks, key.count == ActivationCacheKey.bytes else {
                return String(decoding: key.array, as: UTF8.self)
            }
            return "block \(key.bigEndian(at: 0, as: UInt32.self)) of activation \(key.bigEndian(at: 4, as: UInt32.self))"
        }
    }

    static let shapeKey = Array("shape".utf8), sequencesKey = Array("sequences".utf8)

    let directory: String
    let environment: Environment
    let meta: Database
    let blocks: Database

    /// Opens the environment.
    ///
    /// - Parameter creating: Whether to make the databases; without it, a directory that is no cache is refused and stays as it is.
    /// - Throws: `StoreError.unreadable`.
    init(_ directory: String, creating: Bool) throws {
        self.directory = directory
        if !creating, FileSystem.size(directory + "/data.mdb") == 0 {
            throw StoreError.unreadable(path: directory, reason: "it holds no activation cache.")
        }
        var options = Environment.Options()
        options.maxDatabases = 2
        // What is lost with the machine is computed again; see `ActivationCacheMark`.
        options.durability = .none
        do {
            let environment = try Environment(directory: directory, options: options)
            self.environment = environment
            (meta, blocks) = try environment.write { transaction in
                (
                    try transaction.database(Table.meta.name, create: creating),
                    try transaction.database(Table.blocks.name, create: creating)
                )
            }
        } catch let error as LMDBError {
            if case .noSuchDatabase = error.code {
                throw StoreError.unreadable(path: directory, reason: "it holds something else than an activation cache.")
            }
            throw StoreError.atOpen(error, directory: directory)
        }
    }

    /// What the cache holds, and how many sequences; nil if that was never written.
    func contents() throws -> (shape: ActivationCacheShape, sequences: Int)? {
        try translating {
            try environment.read { transaction in
                guard let shapeValue = try transaction.value(Self.shapeKey.span, in: meta),
                    let sequencesValue = try transaction.value(Self.sequencesKey.span, in: meta)
                else { return nil }
                let payload = try Self.payload(shapeValue, key: Self.shapeKey.span, .meta)
                guard let shape = try ActivationCacheShape(payload: payload) else {
                    throw Table.meta.corrupt(Self.shapeKey.span, "it contradicts itself")
                }
                let number = try Self.payload(sequencesValue, key: Self.sequencesKey.span, .meta)
                guard number.count == MemoryLayout<UInt64>.size,
                    let sequences = Int(exactly: number.load(at: 0, as: UInt64.self))
                else { throw Table.meta.corrupt(Self.sequencesKey.span, "it is no number") }
                return (shape, sequences)
            }
        }
    }

    /// The payload of a value whose checksum is right.
    @_lifetime(copy value)
    static func payload(_ value: Span<UInt8>, key: Span<UInt8>, _ table: Table) throws -> Span<UInt8> {
        if let damage = Record.damage(value, key: key, tag: table.rawValue) { throw table.corrupt(key, damage) }
        return value.extracting(Record.headerBytes...)
    }

    /// Runs something of the engine's, whose errors become the store's.
    func translating<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as LMDBError {
            let statistics = try? environment.statistics()
            throw StoreError(error, fileSize: statistics?.fileSize ?? 0, available: environment.availableBytes)
        }
    }
}

/// The file that says that a cache is being written, and since which start of the machine.
///
/// A cache is written without waiting for the disk. If the process dies, all that it committed is in the system's memory and is gone on
/// from; if the machine does, nothing in the file can be trusted, and the cache is begun anew.
enum ActivationCacheMark {
    private static let name = "incomplete"
    /// Longer than any number of a start.
    private static let limit = 4096

    /// Whether the cache is whole and on the disk.
    static func isAbsent(_ directory: String) -> Bool { !FileSystem.exists(directory + "/" + name) }

    /// Whether a cache that is being written may be gone on with.
    static func isOfThisStart(_ directory: String) -> Bool {
        guard let found = try? ReadableFile.contents(of: directory + "/" + name, limit: limit) else { return false }
        return !found.isEmpty && found == start()
    }

    static func put(_ directory: String) throws {
        var file = try ReplacementFile(directory + "/" + name)
        try file.append(start())
        try file.commit()
    }

    /// Removes the mark, on the disk too.
    static func remove(_ directory: String) throws { try FileSystem.removeFile(directory + "/" + name) }

    /// The kernel's name for this start of the machine.
    ///
    /// *Source:* proc(5), /proc/sys/kernel/random/boot_id.
    private static func start() -> [UInt8] {
        // Files of proc have no size.
        (try? ReadableFile("/proc/sys/kernel/random/boot_id").bytes(limit, at: 0)) ?? []
    }
}
