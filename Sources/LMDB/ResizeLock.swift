import Glibc

/// The lock between transactions, which share it, and a change of the memory map, which needs it alone.
///
/// Waiting resizes go first, so that readers cannot starve them; a thread that took the lock twice could then wait for
/// itself. Transactions of one environment therefore do not nest, and an attempt traps at once rather than deadlock later.
@safe final class ResizeLock: Sendable {
    // Both are written only here in `init`; the C functions behind them are safe to call from any thread.
    private nonisolated(unsafe) let lock: UnsafeMutablePointer<pthread_rwlock_t>
    private let mark: pthread_key_t

    init() {
        unsafe lock = .allocate(capacity: 1)
        var attributes = pthread_rwlockattr_t()
        unsafe pthread_rwlockattr_init(&attributes)
        unsafe pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        unsafe pthread_rwlock_init(lock, &attributes)
        unsafe pthread_rwlockattr_destroy(&attributes)
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key, nil)
        precondition(code == 0, "pthread_key_create gave \(code) instead of 0: more environments than thread keys")
        mark = key
    }

    deinit {
        pthread_key_delete(mark)
        unsafe pthread_rwlock_destroy(lock)
        unsafe lock.deallocate()
    }

    /// Enters a transaction on this thread.
    func enter() {
        unsafe precondition(
            pthread_getspecific(mark) == nil,
            "a transaction was begun inside another one of the same environment on the same thread; use the outer one")
        unsafe pthread_rwlock_rdlock(lock)
        unsafe pthread_setspecific(mark, UnsafeRawPointer(lock))
    }

    /// Leaves the transaction of this thread.
    func leave() {
        pthread_setspecific(mark, nil)
        unsafe pthread_rwlock_unlock(lock)
    }

    /// Runs `body` while no transaction of this process is open.
    func withoutTransactions<R>(_ body: () throws -> R) rethrows -> R {
        unsafe pthread_rwlock_wrlock(lock)
        defer { unsafe pthread_rwlock_unlock(lock) }
        return try body()
    }
}
