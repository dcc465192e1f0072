private import CLMDB
import Glibc
import Synchronization

/// A thread of its own for blocking calls, fed in order from asynchronous code.
///
/// A write transaction belongs to its thread and waits for the disk; on the cooperative pool it would hold up everything
/// else. The thread ends when the last reference is gone and the calls that were taken in are done.
public final class WriterThread: Sendable {
    private let queue: WorkQueue

    /// Starts the thread.
    ///
    /// - Parameter name: At most 15 bytes, shown by `top` and debuggers.
    public init(name: String) throws {
        let queue = WorkQueue()
        self.queue = queue
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(queue)
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let queue = unsafe Unmanaged<WorkQueue>.fromOpaque(context).takeRetainedValue()
                while let call = queue.next() { call() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw LMDBError(number: code, operation: "pthread_create", path: name)
        }
        unsafe pthread_setname_np(thread, name)
        pthread_detach(thread)
    }

    deinit { queue.close() }

    /// Runs a call on the thread, after those that came before; suspends, and does not block, meanwhile.
    ///
    /// Cancellation does not stop a call that was taken in.
    public func run<R: Sendable>(_ call: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.append { continuation.resume(with: Result { try call() }) }
        }
    }
}

/// Calls waiting for the thread, and the condition it sleeps on.
@safe private final class WorkQueue: Sendable {
    typealias Call = @Sendable () -> Void

    // Both are written only in `init`; the C functions behind them are safe to call from any thread.
    private nonisolated(unsafe) let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // Guarded by `lock`.
    private nonisolated(unsafe) var calls: [Call] = []
    private nonisolated(unsafe) var taken = 0
    private nonisolated(unsafe) var closed = false

    init() {
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(arrived, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(arrived)
        unsafe pthread_mutex_destroy(lock)
        unsafe arrived.deallocate()
        unsafe lock.deallocate()
    }

    func append(_ call: @escaping Call) {
        unsafe pthread_mutex_lock(lock)
        unsafe calls.append(call)
        unsafe pthread_cond_signal(arrived)
        unsafe pthread_mutex_unlock(lock)
    }

    func close() {
        unsafe pthread_mutex_lock(lock)
        unsafe closed = true
        unsafe pthread_cond_signal(arrived)
        unsafe pthread_mutex_unlock(lock)
    }

    /// Waits for the next call; nil when the queue is closed and empty.
    func next() -> Call? {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while unsafe taken == calls.count {
            unsafe calls.removeAll(keepingCapacity: true)
            unsafe taken = 0
            if unsafe closed { return nil }
            unsafe pthread_cond_wait(arrived, lock)
        }
        defer { unsafe taken += 1 }
        return unsafe calls[taken]
    }
}
