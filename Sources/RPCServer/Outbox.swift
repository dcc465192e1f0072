import API
import Synchronization

/// The replies that wait for one client: many calls put lines in, one writer takes them out.
final class Outbox: Sendable {
    /// One message without its newline, and the descriptors that travel with it.
    struct Line: Sendable {
        var bytes: [UInt8]
        var attachments: [Attachment] = []
    }

    private struct State {
        var lines: [Line] = []
        /// Bytes put in and not yet taken by the client's side of the socket.
        var unread = 0
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    /// An empty box that holds so many bytes.
    init(limit: Int) { self.limit = limit }

    /// What became of a line.
    enum Verdict { case accepted, closed, overflow }

    /// Puts in a line, to which the newline is added here.
    ///
    /// A single reply is always accepted by an empty box: what does not fit into a message at all is refused before.
    func put(_ line: Line) -> Verdict {
        let (verdict, waiter) = state.withLock { state -> (Verdict, CheckedContinuation<Void, Never>?) in
            guard !state.isFinished else { return (.closed, nil) }
            guard state.unread == 0 || state.unread + line.bytes.count + 1 <= limit else { return (.overflow, nil) }
            state.lines.append(line)
            state.unread += line.bytes.count + 1
            return (.accepted, state.waiter.take())
        }
        waiter?.resume()
        return verdict
    }

    /// Takes no more lines; those that are in are still handed out.
    func finish() { end { _ in } }

    /// Takes no more lines and forgets those that are in.
    func abandon() { end { $0.lines = [] } }

    private func end(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            state.isFinished = true
            change(&state)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Waits for lines and takes all of them; nil once finished and empty.
    ///
    /// For one taker.
    func take() async -> [Line]? {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.lines.isEmpty && !state.isFinished {
                    state.waiter = continuation
                    return false
                }
                return true
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { state in
            let lines = state.lines
            state.lines = []
            return lines.isEmpty ? nil : lines
        }
    }

    /// Notes that bytes have left for the client.
    func sent(_ bytes: Int) { state.withLock { $0.unread -= bytes } }
}
