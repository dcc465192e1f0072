/// What has gone over the socket since the service started.
public struct TrafficSnapshot: Codable, Sendable, Hashable {
    /// How many clients are connected.
    public var clients: Int
    /// How many have been accepted.
    public var clients_accepted: Int
    /// How many have been turned away, by the kind of the error that they were told.
    public var clients_refused: [String: Int]
    /// How many have been dropped because they did not read their replies.
    public var clients_dropped: Int
    /// How many requests run that are not mere lookups.
    public var requests_running: Int
    /// How many requests named a method that there is not.
    public var unknown_methods: Int
    /// How many messages were no request, or too large for one, by the kind of the error that answered them.
    public var frames_refused: [String: Int]
    /// Bytes that clients have sent.
    public var received_bytes: Int
    /// Bytes that clients have been sent.
    public var sent_bytes: Int
    /// The methods that have been called.
    public var methods: [MethodTraffic]

    /// All facts.
    public init(
        clients: Int, clients_accepted: Int, clients_refused: [String: Int], clients_dropped: Int, requests_running: Int,
        unknown_methods: Int, frames_refused: [String: Int], received_bytes: Int, sent_bytes: Int, methods: [MethodTraffic]
    ) {
        self.clients = clients
        self.clients_accepted = clients_accepted
        self.clients_refused = clients_refused
        self.clients_dropped = clients_dropped
        self.requests_running = requests_running
        self.unknown_methods = unknown_methods
        self.frames_refused = frames_refused
        self.received_bytes = received_bytes
        self.sent_bytes = sent_bytes
        self.methods = methods
    }
}

/// The calls of one method.
public struct MethodTraffic: Codable, Sendable, Hashable {
    /// The method's name.
    public var method: String
    /// How many gave a result.
    public var ok: Int
    /// How many failed, by the error's kind.
    public var errors: [String: Int]
    /// How long all of them took together, from the request's arrival to the reply.
    public var duration_ms: Double
    /// How many took no longer than each of ``bounds_us``, but longer than the one before; in the end those that took longer than all.
    public var duration_counts: [Int]

    /// The bounds of the histogram of durations, in microseconds: from 10 µs to 10 s, three per decade.
    public static let bounds_us = [
        10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
        5_000_000, 10_000_000,
    ]

    /// All facts.
    public init(method: String, ok: Int, errors: [String: Int], duration_ms: Double, duration_counts: [Int]) {
        self.method = method
        self.ok = ok
        self.errors = errors
        self.duration_ms = duration_ms
        self.duration_counts = duration_counts
    }
}

extension TrafficSnapshot {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What has gone over the socket since the service started.",
        [
            .required("clients", .count("How many clients are connected.")),
            .required("clients_accepted", .count("How many have been accepted.")),
            .required(
                "clients_refused",
                .map("How many have been turned away, by the kind of the error that they were told.", of: .count("How many."))),
            .required("clients_dropped", .count("How many have been dropped because they did not read their replies.")),
            .required("requests_running", .count("How many requests run that are not mere lookups.")),
            .required("unknown_methods", .count("How many requests named a method that there is not.")),
            .required(
                "frames_refused",
                .map(
                    "How many messages were no request, or too large for one, by the kind of the error that answered them.",
                    of: .count("How many."))),
            .required("received_bytes", .count("Bytes that clients have sent.")),
            .required("sent_bytes", .count("Bytes that clients have been sent.")),
            .required("methods", .array("The methods that have been called.", of: MethodTraffic.schema)),
        ])
}

extension MethodTraffic {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "The calls of one method.",
        [
            .required("method", .string("The method's name.")), .required("ok", .count("How many gave a result.")),
            .required("errors", .map("How many failed, by the error's kind.", of: .count("How many."))),
            .required(
                "duration_ms",
                .number("How long all of them took together, from the request's arrival to the reply.", from: 0)),
            .required(
                "duration_counts",
                .array(
                    "How many took at most 10, 20, 50, 100, … 10,000,000 µs but more than the bound before; the last: more than all.",
                    of: .count("How many."), count: (bounds_us.count + 1)...(bounds_us.count + 1))),
        ])
}
