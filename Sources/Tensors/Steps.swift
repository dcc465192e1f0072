private import Glibc
private import Synchronization

/// The steps that long work has taken: a number that grows while bytes are read, written, hashed or multiplied, and stands still when
/// the thread that should do so is stuck.
///
/// Every thread counts until one asks to be watched; from then on it alone does, since what moves elsewhere says nothing of it.
public enum Steps {
    /// The bytes after which reading, writing and hashing count a step: milliseconds on any disk that still works.
    public static let bytes = 1 << 20

    /// The steps so far.
    public static var count: Int { taken.load(ordering: .relaxed) }

    /// Counts a step, if the calling thread is one that counts; some nanoseconds.
    public static func advance() {
        let thread = watched.load(ordering: .relaxed)
        if thread == 0 || thread == pthread_self() { taken.add(1, ordering: .relaxed) }
    }

    /// From now on only the calling thread counts.
    public static func watchThisThread() { watched.store(pthread_self(), ordering: .relaxed) }

    /// Every thread counts again.
    package static func watchAllThreads() { watched.store(0, ordering: .relaxed) }

    private static let taken = Atomic<Int>(0)
    /// The thread that counts; 0, which is no thread, for all of them.
    private static let watched = Atomic<UInt>(0)
}
