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

    private struct State {
        var reason: Reason?
        var waiting: [AsyncStream<Reason>.Continuation] = []
    }

    private let state = Mutex(State())

    /// A signal not yet given.
    public init() {}

    /// The first reason given; nil if none was.
    public var reason: Reason? { state.withLock { $0.reason } }

    /// Gives the signal; the first reason counts.
    public func send(_ reason: Reason) {
        let waiting = state.withLock { state in
            state.reason = state.reason ?? reason
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting {
            continuation.yield(reason)
            continuation.finish()
        }
    }

    /// Returns once the signal has been given, or nil once the waiting task is cancelled.
    ///
    /// Each call waits by itself: one that is cancelled, because its worker has died, leaves the next worker's undisturbed.
    func wait() async -> Reason? {
        let (stream, continuation) = AsyncStream.makeStream(of: Reason.self)
        let given = state.withLock { state in
            if state.reason == nil { state.waiting.append(continuation) }
            return state.reason
        }
        if let given { return given }
        for await reason in stream { return reason }
        return nil
    }
}
