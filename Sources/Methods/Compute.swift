private import Foundation

/// Where arithmetic runs: one thread of its own, so that a long product never holds the pool on which the server answers.
///
/// One piece of work at a time is right, since each product already uses every core.
///
/// Unchecked: `waiting` is only touched while `condition` is held.
public final class Compute: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [@Sendable () -> Void] = []

    /// BLAS keeps blocks of a matrix on the stack of the thread that calls it; the system's usual 8 MiB, doubled.
    private static let stackSize = 16 << 20

    /// A thread that waits for work, for as long as the program runs.
    public init(name: String) {
        let thread = Thread { [unowned self] in
            while true { next()() }
        }
        thread.name = name
        thread.stackSize = Self.stackSize
        thread.start()
    }

    /// Runs arithmetic and returns its result; `Task.isCancelled` inside it says nothing, so long work asks its caller's closure.
    ///
    /// - Throws: `CancellationError` if nobody waits for the result any more by the time it is this work's turn.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let task = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
                append {
                    if task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Swift.Result { try body() })
                }
            }
        } onCancel: {
            task.cancel()
        }
    }

    /// How many pieces of work wait for their turn.
    var waitingCount: Int {
        condition.lock()
        defer { condition.unlock() }
        return waiting.count
    }

    private func append(_ work: @escaping @Sendable () -> Void) {
        condition.lock()
        waiting.append(work)
        condition.signal()
        condition.unlock()
    }

    private func next() -> @Sendable () -> Void {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty { condition.wait() }
        return waiting.removeFirst()
    }
}
