public import API
import Synchronization

/// What goes over the socket, counted.
///
/// Each method has a counter of its own, which a call takes once and for about twenty nanoseconds; names that are no method's share
/// one, so that nothing a client sends makes the table grow.
public final class Traffic: Sendable {
    /// The calls of one method.
    final class MethodCounter: Sendable {
        private struct Tally {
            var counts = Array(repeating: 0, count: MethodTraffic.bounds_us.count + 1)
            var errors: [String: Int] = [:]
            var total = Duration.zero
        }

        private let tally = Mutex(Tally())

        /// Notes a call that has been answered.
        ///
        /// - Parameter error: the kind of the error; nil for a result.
        func note(_ duration: Duration, error: String?) {
            let microseconds =
                Int(duration.components.seconds) * 1_000_000 + Int(duration.components.attoseconds / 1_000_000_000_000)
            let bounds = MethodTraffic.bounds_us
            let place = bounds.firstIndex { microseconds <= $0 } ?? bounds.count
            tally.withLock { tally in
                tally.counts[place] += 1
                tally.total += duration
                if let error { tally.errors[error, default: 0] += 1 }
            }
        }

        fileprivate func snapshot(_ method: String) -> MethodTraffic? {
            tally.withLock { tally in
                let count = tally.counts.reduce(0, +)
                if count == 0 { return nil }
                return MethodTraffic(
                    method: method, ok: count - tally.errors.values.reduce(0, +), errors: tally.errors,
                    duration_ms: tally.total / .milliseconds(1), duration_counts: tally.counts)
            }
        }

        fileprivate var count: Int { tally.withLock { $0.counts.reduce(0, +) } }
    }

    private struct Table {
        /// In the order in which the service describes its methods.
        var methods: [(name: String, counter: MethodCounter)] = []
        var clientsRefused: [String: Int] = [:]
        var framesRefused: [String: Int] = [:]
    }

    private let table = Mutex(Table())
    private let clients = Atomic(0)
    private let clientsAccepted = Atomic(0)
    private let clientsDropped = Atomic(0)
    private let requestsRunning = Atomic(0)
    private let receivedBytes = Atomic(0)
    private let sentBytes = Atomic(0)

    /// The counter of what is no method.
    let unknownMethod = MethodCounter()

    /// Nothing yet.
    public init() {}

    /// The counter of each method; a name that has been asked for before has the same one again.
    func counters(for names: [String]) -> [String: MethodCounter] {
        table.withLock { table in
            var known = Dictionary(table.methods.map { ($0.name, $0.counter) }) { first, _ in first }
            for name in names where known[name] == nil {
                let counter = MethodCounter()
                known[name] = counter
                table.methods.append((name, counter))
            }
            return known
        }
    }

    /// What has gone over the socket so far.
    ///
    /// The numbers are read one after the other while calls go on, so that those of different methods may be a moment apart.
    public func snapshot() -> TrafficSnapshot {
        let (methods, refused, frames) = table.withLock { ($0.methods, $0.clientsRefused, $0.framesRefused) }
        return TrafficSnapshot(
            clients: clients.load(ordering: .relaxed), clients_accepted: clientsAccepted.load(ordering: .relaxed),
            clients_refused: refused, clients_dropped: clientsDropped.load(ordering: .relaxed),
            requests_running: requestsRunning.load(ordering: .relaxed), unknown_methods: unknownMethod.count,
            frames_refused: frames, received_bytes: receivedBytes.load(ordering: .relaxed),
            sent_bytes: sentBytes.load(ordering: .relaxed), methods: methods.compactMap { $0.counter.snapshot($0.name) })
    }
}

// What the server notes.
extension Traffic {
    func clientArrived() {
        clients.add(1, ordering: .relaxed)
        clientsAccepted.add(1, ordering: .relaxed)
    }

    func clientLeft() { clients.subtract(1, ordering: .relaxed) }

    func clientRefused(_ kind: ErrorKind) { table.withLock { $0.clientsRefused[kind.rawValue, default: 0] += 1 } }

    func clientDropped() { clientsDropped.add(1, ordering: .relaxed) }

    func requestStarted() { requestsRunning.add(1, ordering: .relaxed) }

    func requestEnded() { requestsRunning.subtract(1, ordering: .relaxed) }

    /// - Parameter kind: of the error that answers it, one of a handful.
    func frameRefused(_ kind: String) { table.withLock { $0.framesRefused[kind, default: 0] += 1 } }

    func received(_ bytes: Int) { receivedBytes.add(bytes, ordering: .relaxed) }

    func sent(_ bytes: Int) { sentBytes.add(bytes, ordering: .relaxed) }
}
