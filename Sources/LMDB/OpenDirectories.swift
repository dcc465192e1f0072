import Synchronization

/// The directories that this process has open.
///
/// POSIX locks belong to a process: closing a second descriptor of `lock.mdb` would drop the first one's lock,
/// and other processes would then take this one for dead. *Source:* lmdb.h, "Do not open an environment twice".
enum OpenDirectories {
    private static let claimed = Mutex<Set<FileSystem.Identity>>([])

    /// Claims a directory; false if it is claimed already.
    static func claim(_ identity: FileSystem.Identity) -> Bool {
        claimed.withLock { $0.insert(identity).inserted }
    }

    /// Gives a claimed directory back.
    static func release(_ identity: FileSystem.Identity) {
        claimed.withLock { _ = $0.remove(identity) }
    }
}
