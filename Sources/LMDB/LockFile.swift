import Glibc

/// `lock.mdb`, seen from outside the engine, which maps it and writes to the map.
enum LockFile {
    /// LMDB's mark, version, mutexes and counters.
    ///
    /// *Source:* mdb.c 0.9.24, MDB_txninfo: two cache lines before the slots.
    private static let header = 128
    /// *Source:* mdb.c 0.9.24, MDB_reader: a cache line.
    private static let slot = 64

    /// Gives a new file its place on the disk before it is mapped.
    ///
    /// LMDB makes it sparse, and a write to a page for which the disk has no room would end the process by SIGBUS. A file that is there
    /// has its place, and others may have mapped it.
    /// - Throws: `LMDBError`: `.diskFull`.
    static func reserve(_ directory: String, readers: Int) throws {
        let path = directory + "/lock.mdb", ownerOnly: mode_t = 0o600
        guard FileSystem.size(path) == 0 else { return }
        // Nobody in this process has it open: closing it would give back the locks.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, ownerOnly)
        guard descriptor >= 0 else { throw LMDBError(number: errno, operation: "open", path: directory) }
        defer { close(descriptor) }
        var code = EINTR
        while code == EINTR { code = posix_fallocate(descriptor, 0, header + slot * readers) }
        guard code == 0 else { throw LMDBError(number: code, operation: "posix_fallocate", path: directory) }
    }
}
