private import Foundation
private import Tensors

/// Where arithmetic runs: one thread of its own, so that a long product never holds the pool on which the server answers.
///
/// One piece of work at a time is right, since each product already uses every core.
///
/// Unchecked: `waiting` is only touched while `condition` is held.
public final class Compute: @unchecked Sendable {
    private struct Work {
        let flag: CancellationFlag
        let body: @Sendable () -> Void
        /// What is called instead if nobody waits for it any more.
        let drop: @Sendable () -> Void
    }

    private let condition = NSCondition()
    private var waiting: [Work] = []

    /// BLAS keeps blocks of a matrix on the stack of the thread that calls it; the system's usual 8 MiB, doubled.
    private static let stackSize = 16 << 20

    /// A thread that waits for work, for as long as the program runs; and with it this object, whoever else lets go of it.
    ///
    /// - Parameters:
    ///   - name: The thread's.
    ///   - isWatched: Whether the process's `Steps` are those of this thread.
    public init(name: String, isWatched: Bool = false) {
        // The thread keeps this: whoever made it may be gone first, as when a service does not come up.
        let thread = Thread { [self] in
            if isWatched { Steps.watchThisThread() }
            while true { next().body() }
        }
        thread.name = name
        thread.stackSize = Self.stackSize
        thread.start()
    }

    /// Runs arithmetic and returns its result; `Task.isCancelled` inside it says nothing, so long work asks its caller's closure.
    ///
    /// Work whose caller gives up leaves the queue at once; what has begun is finished.
    ///
    /// - Throws: `CancellationError` if the caller has given up before it was this work's turn.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let flag = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
                append(
                    Work(
                        flag: flag, body: { continuation.resume(with: Swift.Result { try body() }) },
                        drop: { continuation.resume(throwing: CancellationError()) }))
                // The caller may have given up before there was anything to drop.
                if flag.isCancelled { drop(flag) }
            }
        } onCancel: {
            flag.cancel()
            drop(flag)
        }
    }

    /// How many pieces of work wait for their turn.
    var waitingCount: Int {
        condition.lock()
        defer { condition.unlock() }
        return waiting.count
    }

    private func append(_ work: Work) {
        condition.lock()
        waiting.append(work)
        condition.signal()
        condition.unlock()
    }

    private func drop(_ flag: CancellationFlag) {
        condition.lock()
        let place = waiting.firstIndex { $0.flag === flag }
        let work = place.map { waiting.remove(at: $0) }
        condition.unlock()
        work?.drop()
    }

    private func next() -> Work {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty { condition.wait() }
        return waiting.removeFirst()
    }
}
