private import Synchronization

/// Asks a running worker to end, and remembers why.
public final class StopSignal: Sendable {
    /// Why a worker is asked to end.
    public enum Reason: Sendable {
        /// The job's owner wants it no more.
        case cancelled
        /// The service ends; the job is to go on later.
        case interrupted
    }

    private let given = Mutex<Reason?>(nil)
    private let stream: AsyncStream<Reason>
    private let continuation: AsyncStream<Reason>.Continuation

    /// A signal not yet given.
    public init() { (stream, continuation) = AsyncStream.makeStream() }

    /// The first reason given; nil if none was.
    public var reason: Reason? { given.withLock { $0 } }

    /// Gives the signal; the first reason counts.
    public func send(_ reason: Reason) {
        given.withLock { $0 = $0 ?? reason }
        continuation.yield(reason)
        continuation.finish()
    }

    /// Returns once the signal has been given, or the waiting task is cancelled.
    func wait() async -> Reason? {
        for await reason in stream { return reason }
        return nil
    }
}
