import LMDB
private import Tensors

/// The durable records of the daemon and its workers: documents, tensors and feature maps, as bytes.
///
/// Daemon and worker open the same directory at once. `read` sees one consistent state and never waits; `write` is all or
/// nothing, on the disk when it returns, and waits for other writers, which take milliseconds each. What is larger is
/// written in many small transactions under an owner or a map number that no document names yet, and published by one.
public final class Store: Sendable {
    /// What opening may do to a directory.
    public enum Preparation: Sendable {
        /// Makes a store where there is none, and brings an older one to the current schema.
        case migrate
        /// Brings an older store to the current schema; there must be one.
        case migrateExisting
        /// Nothing: there must be a store of the current schema.
        case none
    }

    /// How a store is opened.
    public struct Options: Sendable {
        /// Address space reserved at first, in bytes; halved where less is granted, grown when full.
        public var mapSize = 64 << 30
        /// The most the store may grow to, in bytes.
        public var maximumMapSize = 1 << 42
        /// Read transactions open at once, over all processes.
        public var maxReaders = 1024
        /// Whether a commit waits for the disk; false loses acknowledged writes at a power cut.
        public var waitsForDisk = true
        /// What is done with a directory that holds no store, or one of an older version.
        public var preparation = Preparation.migrate

        /// The default options.
        public init() {}
    }

    /// The directory.
    public let directory: String
    let environment: Environment
    let databases: Databases
    private let writer: WriterThread
    /// Yields the error with which the engine has stopped for good, if ever it does; for one listener.
    public let stop: AsyncStream<StoreError>
    private let stopped: AsyncStream<StoreError>.Continuation

    /// Opens the store in a directory, which is made if it is missing, and brings it to the current schema.
    ///
    /// - Throws: `StoreError.unreadable`, `.versionUnsupported`, `.absent`, `.full`.
    public init(directory: String, options: Options = Options()) throws {
        self.directory = directory
        (stop, stopped) = AsyncStream.makeStream()
        var engine = Environment.Options()
        engine.mapSize = options.mapSize
        engine.maximumMapSize = options.maximumMapSize
        engine.maxReaders = options.maxReaders
        engine.maxDatabases = Schema.Table.allCases.count
        engine.durability = options.waitsForDisk ? .full : .none
        do {
            let environment = try Environment(directory: directory, options: engine)
            self.environment = environment
            databases = try environment.write { transaction in
                try Store.prepare(&transaction, options.preparation)
            }
            writer = try WriterThread(name: "store-writer")
        } catch let error as LMDBError {
            throw StoreError.atOpen(error, directory: directory)
        }
    }

    /// Runs the migrations that the store lacks, and opens its databases.
    private static func prepare(_ transaction: inout WriteTransaction, _ preparation: Preparation) throws -> Databases {
        let key = Array(Schema.Meta.schema.utf8)
        var found: UInt32 = 0
        do {
            let meta = try transaction.database(Schema.Table.meta.name, create: false)
            guard let value = try transaction.reading.value(key.span, in: meta) else {
                throw StoreError.notFound(database: Schema.Table.meta.name, key: Schema.Meta.schema)
            }
            let payload = try Record.payload(value, key: key.span, table: .meta)
            guard payload.count == MemoryLayout<UInt32>.size else {
                throw Schema.Table.meta.corrupt(key.span, "the version has \(payload.count) bytes, not 4")
            }
            found = payload.load(at: 0, as: UInt32.self)
        } catch let error as LMDBError {
            guard case .noSuchDatabase = error.code else { throw error }  // a new store
            guard preparation == .migrate else { throw StoreError.absent }
        }
        let isKnown = found == 0 || (Schema.oldestVersion...Schema.version).contains(found)
        guard isKnown, preparation != .none || found == Schema.version else {
            throw StoreError.versionUnsupported(
                found: Int(found), supported: Int(Schema.version), oldest: Int(Schema.oldestVersion))
        }
        for migration in Schema.migrations[Int(found)...] { try migration(&transaction) }
        let databases = try Databases(&transaction)
        if found < Schema.version {
            var payload: [UInt8] = []
            payload.append(littleEndian: Schema.version)
            let header = Record.header(key: key.span, payload: payload.span, table: .meta)
            try transaction.put(payload.span, header: header.span, for: key.span, in: databases[.meta])
        }
        return databases
    }

    // MARK: Transactions

    /// Reads one consistent state.
    ///
    /// The body should last milliseconds: while it runs, pages that writers replace are not used again. Transactions of one
    /// store do not nest.
    /// - Throws: `StoreError`, and what the body throws. Cost: about a microsecond.
    public func read<R>(_ body: (StoreReader) throws -> R) throws -> R {
        try translating {
            try environment.read { try body(StoreReader(transaction: $0, databases: databases)) }
        }
    }

    /// Changes the store: all that the body did, or nothing if it throws.
    ///
    /// Blocks the thread, for milliseconds, until earlier writers are done and the disk has it. The body may run again if
    /// the map had to grow, so it must have no other effects.
    /// - Throws: `StoreError`, and what the body throws.
    public func write<R>(_ body: (inout StoreWriter) throws -> R) throws -> R {
        try translating {
            try environment.writeHandingOver { transaction in
                Steps.advance()
                var writer = StoreWriter(transaction: transaction, databases: databases)
                return try body(&writer)
            }
        }
    }

    /// Changes the store from asynchronous code: as the synchronous `write`, on the store's own writer thread.
    ///
    /// A write that was taken in is done even if the task is cancelled.
    public func write<R: Sendable>(_ body: @escaping @Sendable (inout StoreWriter) throws -> R) async throws -> R {
        try await writer.run { try self.write(body) }
    }

    /// Frees the reader slots of processes that died; returns how many.
    ///
    /// To be called each minute; opening does it too.
    @discardableResult
    public func clearStaleReaders() throws -> Int {
        try translating { try environment.clearStaleReaders() }
    }

    /// Runs what may fail in the engine, and throws in the store's terms.
    func translating<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as LMDBError {
            let size = try? environment.statistics().fileSize
            let error = StoreError(error, fileSize: size ?? 0, available: environment.availableBytes)
            if case .stopped = error {
                stopped.yield(error)
                stopped.finish()
            }
            throw error
        }
    }
}

extension StoreError {
    /// An error while opening, when there is no store to ask for numbers.
    static func atOpen(_ error: LMDBError, directory: String) -> StoreError {
        let translated = StoreError(error, fileSize: 0, available: 0)
        switch translated {
        case .failed, .stopped, .corrupt: return .unreadable(path: directory, reason: error.description)
        case .full(let path, let fileSize, let mapSize, _):
            guard case .diskFull(let available) = error.code else { return translated }
            return .full(path: path, fileSize: fileSize, mapSize: mapSize, available: available)
        case .versionUnsupported, .absent, .notFound, .invalidIdentifier, .invalidEntry, .unreadable: return translated
        }
    }
}
