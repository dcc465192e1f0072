private import Synchronization

/// Whose turn it is to hold a prompt's pass with its features: one call's at a time, in the order in which they came, so that memory is taken
/// once however many wait.
///
/// What a turn computes goes to ``Compute`` piece by piece, and other calls' work comes between the pieces.
final class PassTurns: Sendable {
    private struct State {
        var isTaken = false
        var next = 0
        /// Those who wait, the first to come first.
        var waiting: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())

    /// Waits for a turn, and has it until `body` ends.
    ///
    /// - Throws: `CancellationError` if the caller has given up before it was his turn, and what `body` throws.
    func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await take()
        defer { pass() }
        return try await body()
    }

    private func take() async throws {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isOurs = state.withLock { state -> Bool in
                    if state.isTaken {
                        state.waiting.append((ticket, continuation))
                        return false
                    }
                    state.isTaken = true
                    return true
                }
                if isOurs { continuation.resume() }
                // The caller may have given up before there was anything to drop.
                if Task.isCancelled { drop(ticket) }
            }
        } onCancel: {
            drop(ticket)
        }
    }

    /// Forgets one who waits; the one whose turn it is keeps it.
    private func drop(_ ticket: Int) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).continuation }
        }
        continuation?.resume(throwing: CancellationError())
    }

    /// Passes the turn on.
    private func pass() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
