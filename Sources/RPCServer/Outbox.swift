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
        /// How many lines have been taken out.
        var taken = 0
        /// The waiting line of each topic, counted from the first line of all.
        var topics: [String: Int] = [:]
        /// Bytes put in and not yet taken by the client's side of the socket.
        var unread = 0
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// How many bytes are sent at a time: more than a socket holds, so that none waits for the next piece.
    static let pieceBytes = 1 << 20

    private let limit: Int
    private let state = Mutex(State())

    /// An empty box that holds so many bytes.
    init(limit: Int) { self.limit = limit }

    /// What became of a line.
    enum Verdict { case accepted, closed, overflow }

    /// Puts in a line, to which the newline is added here.
    ///
    /// A single reply is always accepted by an empty box: what does not fit into a message at all is refused before.
    ///
    /// - Parameter topic: if it is not nil, the line takes the place of the one on that topic that still waits.
    func put(_ line: Line, replacing topic: String? = nil) -> Verdict {
        let (verdict, waiter) = state.withLock { state -> (Verdict, CheckedContinuation<Void, Never>?) in
            guard !state.isFinished else { return (.closed, nil) }
            let place = topic.flatMap { state.topics[$0] }.map { $0 - state.taken }
            let added = line.bytes.count + 1 - (place.map { state.lines[$0].bytes.count + 1 } ?? 0)
            guard state.unread == 0 || state.unread + added <= limit else {
                // Told once: the box takes nothing more.
                state.isFinished = true
                return (.overflow, nil)
            }
            if let place {
                state.lines[place] = line
            } else {
                if let topic { state.topics[topic] = state.taken + state.lines.count }
                state.lines.append(line)
            }
            state.unread += added
            return (.accepted, state.waiter.take())
        }
        waiter?.resume()
        return verdict
    }

    /// Takes no more lines; those that are in are still handed out.
    func finish() { end { _ in } }

    /// Takes no more lines and forgets those that are in.
    func abandon() {
        end { state in
            state.lines = []
            state.topics = [:]
        }
    }

    private func end(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            state.isFinished = true
            change(&state)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Waits for lines and takes the first of them, as many as make up a piece; nil once finished and empty.
    ///
    /// For one taker. What it takes is forgotten here while it is being sent, so that a client with much to read costs little more than
    /// what is counted as unread.
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
            var count = 0, bytes = 0
            while count < state.lines.count, bytes < Self.pieceBytes {
                bytes += state.lines[count].bytes.count + 1
                count += 1
            }
            if count == 0 { return nil }
            let lines: [Line]
            if count == state.lines.count {
                lines = state.lines
                state.lines = []
                state.topics = [:]
            } else {
                lines = Array(state.lines[..<count])
                state.lines.removeFirst(count)
                state.topics = state.topics.filter { $0.value >= state.taken + count }
            }
            state.taken += count
            return lines
        }
    }

    /// Notes that bytes have left for the client.
    func sent(_ bytes: Int) { state.withLock { $0.unread -= bytes } }
}
