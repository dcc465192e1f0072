private import Synchronization

/// Whether the call that asked for a piece of work still waits for it.
final class CancellationFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether ``cancel()`` has been called.
    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Nobody waits any more.
    func cancel() { flag.store(true, ordering: .relaxed) }
}
