private import CLMDB
import Glibc
import Synchronization

/// A directory with one memory-mapped file of named databases, shared by threads and processes.
///
/// Any number of transactions read, each its own consistent state; one at a time writes. Transactions are closures, do not
/// nest, and should last milliseconds: a reader that stays holds every page that is replaced meanwhile.
@safe public final class Environment: Sendable {
    /// How an environment is opened.
    public struct Options: Sendable {
        /// When a commit has reached the disk.
        public enum Durability: Sendable {
            /// With the return of `write`: survives a power cut.
            case full
            /// At the next `sync()`: survives a crash of the process, not of the machine. For caches only.
            case none
        }

        /// Address space reserved for the file, in bytes; sparse, costs no memory, halved until the system grants it.
        public var mapSize = 64 << 30
        /// The least map worth opening, in bytes.
        public var minimumMapSize = 1 << 20
        /// The most the map may grow to when it is full, in bytes.
        public var maximumMapSize = 1 << 42
        /// Read transactions open at once, over all processes.
        public var maxReaders = 1024
        /// Named databases at most.
        public var maxDatabases = 32
        /// When a commit has reached the disk.
        public var durability = Durability.full

        /// The default options.
        public init() {}
    }

    /// The longest key, in bytes.
    ///
    /// *Source:* `mdb_env_get_maxkeysize` of the default build.
    public static let largestKey = 511

    /// The directory.
    public let path: String
    let options: Options
    private let identity: FileSystem.Identity
    private let resizing = ResizeLock()
    // Set once in `init`. LMDB guards the environment behind it, except against a change of the map: see `resizing`.
    private nonisolated(unsafe) let handle: OpaquePointer
    /// Why the map was lost when it was to be changed; nothing may touch the environment then.
    private let broken = Mutex<LMDBError?>(nil)

    /// Opens the environment in a directory, which is made if it is missing.
    ///
    /// - Throws: `LMDBError`: `.alreadyOpen` in this process, `.networkFileSystem`, `.truncated`, `.notADatabase`,
    ///   `.addressSpaceExhausted`, or what the system says. *Source:* `mdb_env_open` with `MDB_NOTLS`.
    public init(directory: String, options: Options = Options()) throws {
        try FileSystem.makeDirectory(directory)
        try FileSystem.refuseNetwork(directory)
        let identity = try FileSystem.identity(directory)
        guard OpenDirectories.claim(identity) else {
            throw LMDBError(.alreadyOpen, operation: "Opening", path: directory)
        }
        do {
            try DataFile.check(directory: directory)
            let handle = try unsafe Environment.open(directory, options)
            path = directory
            self.options = options
            self.identity = identity
            unsafe self.handle = unsafe handle
        } catch {
            OpenDirectories.release(identity)
            throw error
        }
        try clearStaleReaders()
    }

    deinit {
        unsafe mdb_env_close(handle)
        OpenDirectories.release(identity)
    }

    /// Opens with the largest map that the address space takes.
    private static func open(_ directory: String, _ options: Options) throws -> OpaquePointer {
        var mapSize = max(options.mapSize, options.minimumMapSize)
        while true {
            do {
                return try unsafe open(directory, options, mapSize: mapSize)
            } catch let error as LMDBError where error.number == ENOMEM && mapSize / 2 >= options.minimumMapSize {
                mapSize /= 2
            }
        }
    }

    private static func open(_ directory: String, _ options: Options, mapSize: Int) throws -> OpaquePointer {
        func check(_ code: Int32, _ operation: String) throws {
            if code != 0 { throw LMDBError(number: code, operation: operation, path: directory, mapSize: mapSize) }
        }
        var created: OpaquePointer?
        try check(unsafe mdb_env_create(&created), "mdb_env_create")
        guard let handle = unsafe created else { preconditionFailure("mdb_env_create succeeded without an environment") }
        let isNew = FileSystem.size(directory + "/data.mdb") == 0
        do {
            try LockFile.reserve(directory, readers: options.maxReaders)
            try check(unsafe mdb_env_set_mapsize(handle, mapSize), "mdb_env_set_mapsize")
            try check(unsafe mdb_env_set_maxreaders(handle, UInt32(options.maxReaders)), "mdb_env_set_maxreaders")
            try check(unsafe mdb_env_set_maxdbs(handle, UInt32(options.maxDatabases)), "mdb_env_set_maxdbs")
            var flags = UInt32(MDB_NOTLS)
            if options.durability == .none { flags |= UInt32(MDB_NOSYNC) }
            let ownerOnly: mode_t = 0o600
            try check(unsafe mdb_env_open(handle, directory, flags, ownerOnly), "mdb_env_open")
            // LMDB opens its lock file and its second descriptor with O_CLOEXEC, but data.mdb without it.
            var descriptor: Int32 = -1
            try check(unsafe mdb_env_get_fd(handle, &descriptor), "mdb_env_get_fd")
            if fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 { try check(errno, "fcntl") }
        } catch {
            unsafe mdb_env_close(handle)
            // Half of the first two pages would be taken for a database that was cut off.
            if isNew { unsafe truncate(directory + "/data.mdb", 0) }
            throw error
        }
        return unsafe handle
    }

    // MARK: Transactions

    /// Reads one consistent state.
    ///
    /// - Throws: `LMDBError`, and what the body throws. Cost: about a microsecond; never waits for a writer.
    public func read<R>(_ body: (ReadTransaction) throws -> R) throws -> R {
        try retrying {
            let handle = try unsafe begin(UInt32(MDB_RDONLY), "mdb_txn_begin")
            defer { unsafe mdb_txn_abort(handle) }
            return try unsafe body(ReadTransaction(handle: handle, path: path))
        }
    }

    /// Changes the environment: all that the body did, or nothing if it throws.
    ///
    /// When the map is full it is grown and the body runs again, so the body must have no other effects. Waits for the
    /// writers of this and of other processes; when it returns, the changes are on the disk (`Durability.full`).
    /// - Throws: `LMDBError`, and what the body throws.
    public func write<R>(_ body: (inout WriteTransaction) throws -> R) throws -> R {
        try writeHandingOver { transaction in
            var transaction = transaction
            return try body(&transaction)
        }
    }

    /// As `write`, for a body that wraps the transaction in a type of its own.
    package func writeHandingOver<R>(_ body: (consuming WriteTransaction) throws -> R) throws -> R {
        try retrying {
            let handle = try unsafe begin(0, "mdb_txn_begin")
            let result: R
            do {
                result = try unsafe body(WriteTransaction(handle: handle, path: path))
            } catch {
                unsafe mdb_txn_abort(handle)
                throw error
            }
            try check(unsafe mdb_txn_commit(handle), "mdb_txn_commit")
            return result
        }
    }

    private func begin(_ flags: UInt32, _ operation: String) throws -> OpaquePointer {
        if let error = broken.withLock({ $0 }) { throw error }
        var transaction: OpaquePointer?
        try check(unsafe mdb_txn_begin(handle, nil, flags, &transaction), operation)
        guard let transaction = unsafe transaction else {
            preconditionFailure("mdb_txn_begin succeeded without a transaction")
        }
        return unsafe transaction
    }

    /// Runs a transaction, and again after the obstacle that it met is cleared: a full or outgrown map, dead readers' slots.
    private func retrying<R>(_ transaction: () throws -> R) throws -> R {
        var triedReaders = false
        while true {
            do {
                resizing.enter()
                defer { resizing.leave() }
                return try transaction()
            } catch let error as LMDBError where error.path == path {
                switch error.code {
                case .mapFull: try grow(orThrow: error)
                case .mapResized: try setMapSize(0)  // 0: take over the size that the other process has set
                case .readersFull where !triedReaders:
                    triedReaders = true
                    if try clearStaleReaders() == 0 { throw error }
                default: throw error
                }
            }
        }
    }

    // MARK: The map

    /// Bytes of address space that the file may fill.
    public var mapSize: Int { unsafe info.me_mapsize }

    private var info: MDB_envinfo {
        var info = unsafe MDB_envinfo()
        unsafe mdb_env_info(handle, &info)
        return unsafe info
    }

    /// Doubles the map, or throws `error` if it may not grow.
    private func grow(orThrow error: LMDBError) throws {
        let wanted = min(mapSize * 2, options.maximumMapSize)
        guard wanted > mapSize else {
            throw LMDBError(.mapFull(mapSize: mapSize), operation: error.operation, path: path, number: error.number)
        }
        // LMDB unmaps before it maps anew, and is lost if that fails: so try on a spare map first.
        let spare = unsafe mmap(nil, wanted, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let spare = unsafe spare, unsafe spare != MAP_FAILED else {
            throw LMDBError(.addressSpaceExhausted(wanted: wanted), operation: "mmap", path: path, number: ENOMEM)
        }
        unsafe munmap(spare, wanted)
        try setMapSize(wanted)
    }

    private func setMapSize(_ size: Int) throws {
        try resizing.withoutTransactions {
            let code = unsafe mdb_env_set_mapsize(handle, size)
            guard code != 0 else { return }
            let error = LMDBError(.stopped, operation: "mdb_env_set_mapsize", path: path, number: code)
            broken.withLock { $0 = error }
            throw error
        }
    }

    // MARK: Housekeeping

    /// Frees the reader slots of dead processes; returns how many.
    ///
    /// To be called at start, which `init` does, and each minute.
    /// - Throws: `LMDBError`. *Source:* `mdb_reader_check`.
    @discardableResult
    public func clearStaleReaders() throws -> Int {
        var dead: Int32 = 0
        try check(unsafe mdb_reader_check(handle, &dead), "mdb_reader_check")
        return Int(dead)
    }

    /// Writes everything committed so far to the disk; needed only with `Durability.none`.
    ///
    /// - Throws: `LMDBError`. *Source:* `mdb_env_sync`.
    public func sync() throws {
        try check(unsafe mdb_env_sync(handle, 1), "mdb_env_sync")
    }

    /// Writes one consistent state to an open file, which then is the `data.mdb` of another environment; free pages are left out.
    ///
    /// Writers go on meanwhile, but no page that they replace is used again before it ends, and the map cannot grow.
    /// - Returns: The bytes written.
    /// - Throws: `LMDBError`. *Source:* `mdb_env_copyfd2` with `MDB_CP_COMPACT`.
    public func copy(to descriptor: Int32) throws -> Int {
        resizing.enter()
        defer { resizing.leave() }
        try check(unsafe mdb_env_copyfd2(handle, descriptor, UInt32(MDB_CP_COMPACT)), "mdb_env_copyfd2")
        return lseek(descriptor, 0, SEEK_CUR)
    }

    /// Bytes that may still be written on the file system of the environment.
    public var availableBytes: Int { FileSystem.availableBytes(path) }

    /// The size of the file and the transactions that read it now.
    ///
    /// - Throws: `LMDBError`. *Source:* `mdb_env_info`, `mdb_reader_list`.
    public func statistics() throws -> EnvironmentStatistics {
        var stat = MDB_stat()
        try check(unsafe mdb_env_stat(handle, &stat), "mdb_env_stat")
        let info = unsafe self.info
        return EnvironmentStatistics(
            fileSize: FileSystem.size(path + "/data.mdb"), mapSize: unsafe info.me_mapsize, pageSize: Int(stat.ms_psize),
            usedPages: unsafe info.me_last_pgno + 1, lastTransaction: unsafe info.me_last_txnid,
            maxReaders: Int(unsafe info.me_maxreaders), readers: try readers())
    }

    /// The transactions of all processes that read now, the oldest state first.
    private func readers() throws -> [Reader] {
        var lines = ""
        let code = unsafe withUnsafeMutablePointer(to: &lines) { lines in
            unsafe mdb_reader_list(
                handle,
                { line, lines in
                    guard let line = unsafe line, let lines = unsafe lines else { return 0 }
                    unsafe lines.assumingMemoryBound(to: String.self).pointee += String(cString: line)
                    return 0
                }, lines)
        }
        // The last code of the callback or of stdio comes back: negative means failure. Source: lmdb.h, mdb_reader_list.
        if code < 0 { try check(code, "mdb_reader_list") }
        return Reader.parse(lines)
    }

    private func check(_ code: Int32, _ operation: String) throws {
        guard code != 0 else { return }
        throw LMDBError(
            number: code, operation: operation, path: path, mapSize: mapSize, maxReaders: options.maxReaders)
    }
}
