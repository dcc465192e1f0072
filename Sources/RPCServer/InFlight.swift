import Synchronization

/// The calls of one client that are running: no more than the limit, and all of them within reach of a cancellation.
final class InFlight: Sendable {
    private struct Running {
        let isCancellable: Bool
        var task: Task<Void, Never>?
    }

    private struct State {
        var calls: [Int: Running] = [:]
        var next = 0
        var isCancelled = false
        /// Who waits, and until how few calls run.
        var waiter: (CheckedContinuation<Void, Never>, below: Int)?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Starts a call as soon as fewer than the limit are running.
    ///
    /// For one starter, which is how reading from a client is held back.
    ///
    /// - Parameter isCancellable: whether the call is given up with its client; a notification is not, since nobody waits for it.
    func start(isCancellable: Bool, _ body: @escaping @Sendable () async -> Void) async {
        await wait(untilBelow: limit)
        let ticket = state.withLock { state in
            state.next += 1
            state.calls[state.next] = Running(isCancellable: isCancellable)
            return state.next
        }
        let task = Task {
            await body()
            end(ticket)
        }
        let isTooLate = state.withLock { state in
            state.calls[ticket]?.task = task
            return state.isCancelled && isCancellable
        }
        if isTooLate { task.cancel() }
    }

    /// Cancels what waits for a client that is gone, and what is started from now on.
    func cancel() { cancel { $0.isCancellable } }

    /// Cancels everything.
    func cancelAll() { cancel { _ in true } }

    private func cancel(where isChosen: (Running) -> Bool) {
        let tasks = state.withLock { state in
            state.isCancelled = true
            return state.calls.values.filter(isChosen).compactMap(\.task)
        }
        for task in tasks { task.cancel() }
    }

    /// Waits until nothing runs any more.
    func drain() async { await wait(untilBelow: 1) }

    private func wait(untilBelow count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.calls.count < count { return true }
                state.waiter = (continuation, count)
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func end(_ ticket: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.calls[ticket] = nil
            guard let waiter = state.waiter, state.calls.count < waiter.below else { return nil }
            state.waiter = nil
            return waiter.0
        }
        waiter?.resume()
    }
}
