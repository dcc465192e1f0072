import JSONRPC
import Synchronization

/// The calls of one client that are running: no more than the limit, and all of them within reach of a cancellation.
final class InFlight: Sendable {
    private struct Running {
        /// By which its client may cancel it, until it has been answered.
        var id: Identifier?
        let isCancellable: Bool
        var task: Task<Void, Never>?
        /// Its own client has given it up, perhaps before its task was known here.
        var isCancelled = false
    }

    /// Who waits until few enough calls run.
    private struct Waiter {
        let number: Int
        let below: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var calls: [Int: Running] = [:]
        var waiters = 0
        var isCancelled = false
        var waiter: Waiter?
        /// Whose time was over before it began to wait.
        var lateWaiter: Int?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Starts a call as soon as fewer than the limit are running.
    ///
    /// For one starter, which is how reading from a client is held back.
    ///
    /// - Parameters:
    ///   - ticket: what names it here.
    ///   - id: by which the client may cancel it.
    ///   - isCancellable: whether the call is given up with its client; a notification is not, since nobody waits for it.
    ///   - deadline: how long it may wait to be started.
    /// - Returns: false if it has not been started by then.
    func start(
        _ ticket: Int, id: Identifier? = nil, isCancellable: Bool, until deadline: ContinuousClock.Instant? = nil,
        _ body: @escaping @Sendable () async -> Void
    ) async -> Bool {
        guard await wait(untilBelow: limit, deadline) else { return false }
        state.withLock { $0.calls[ticket] = Running(id: id, isCancellable: isCancellable) }
        let task = Task {
            await body()
            end(ticket)
        }
        let isTooLate = state.withLock { state in
            state.calls[ticket]?.task = task
            return state.calls[ticket]?.isCancelled == true || state.isCancelled && isCancellable
        }
        if isTooLate { task.cancel() }
        return true
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

    /// Cancels the calls with this identifier; false if there is none.
    func cancel(_ id: Identifier) -> Bool {
        let chosen = state.withLock { state in
            let tickets = state.calls.filter { $0.value.id == id }.map(\.key)
            for ticket in tickets { state.calls[ticket]?.isCancelled = true }
            return tickets.map { state.calls[$0]?.task }
        }
        for task in chosen { task?.cancel() }
        return !chosen.isEmpty
    }

    /// Notes that a call has been answered, although it may still run: it cannot be cancelled by its identifier any more.
    func answered(_ ticket: Int) { state.withLock { $0.calls[ticket]?.id = nil } }

    /// Waits until nothing runs any more.
    func drain() async { _ = await wait(untilBelow: 1, nil) }

    private func wait(untilBelow count: Int, _ deadline: ContinuousClock.Instant?) async -> Bool {
        let number = state.withLock { state -> Int? in
            if state.calls.count < count { return nil }
            state.waiters += 1
            return state.waiters
        }
        guard let number else { return true }
        let alarm = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                giveUp(number)
            }
        }
        defer { alarm?.cancel() }
        return await withCheckedContinuation { continuation in
            let isReady = state.withLock { state -> Bool? in
                if state.calls.count < count { return true }
                if state.lateWaiter == number { return false }
                state.waiter = Waiter(number: number, below: count, continuation: continuation)
                return nil
            }
            if let isReady { continuation.resume(returning: isReady) }
        }
    }

    private func giveUp(_ number: Int) {
        let waiter = state.withLock { state in
            state.lateWaiter = number
            return state.waiter?.number == number ? state.waiter.take() : nil
        }
        waiter?.continuation.resume(returning: false)
    }

    private func end(_ ticket: Int) {
        let waiter = state.withLock { state -> Waiter? in
            state.calls[ticket] = nil
            guard let waiter = state.waiter, state.calls.count < waiter.below else { return nil }
            return state.waiter.take()
        }
        waiter?.continuation.resume(returning: true)
    }
}
