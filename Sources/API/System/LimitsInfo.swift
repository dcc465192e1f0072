/// What a client may ask of the service, as it is configured now; each is explained where the service's settings are.
public struct LimitsInfo: Codable, Sendable, Hashable {
    /// The most bytes of one message, either way.
    public var message_bytes: Int
    /// The deepest nesting of one message.
    public var depth: Int
    /// The most values of one request, elements and members of all arrays and objects counted.
    public var values: Int
    /// The most requests in one batch.
    public var batch: Int
    /// The most requests of one client that run at once.
    public var requests_in_flight: Int
    /// The most bytes of replies that wait for one client to read them.
    public var unread_bytes: Int
    /// The most clients at once.
    public var clients: Int
    /// How long a message may stay unfinished.
    public var unfinished_message_s: Int
    /// The most jobs that wait.
    public var waiting_jobs: Int

    /// All limits.
    public init(
        message_bytes: Int, depth: Int, values: Int, batch: Int, requests_in_flight: Int, unread_bytes: Int, clients: Int,
        unfinished_message_s: Int, waiting_jobs: Int
    ) {
        self.message_bytes = message_bytes
        self.depth = depth
        self.values = values
        self.batch = batch
        self.requests_in_flight = requests_in_flight
        self.unread_bytes = unread_bytes
        self.clients = clients
        self.unfinished_message_s = unfinished_message_s
        self.waiting_jobs = waiting_jobs
    }
}

extension LimitsInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a client may ask of the service, as it is configured now.",
        [
            .required("message_bytes", .count("The most bytes of one message, either way.")),
            .required("depth", .count("The deepest nesting of one message.")),
            .required(
                "values", .count("The most values of one request, elements and members of all arrays and objects counted.")),
            .required("batch", .count("The most requests in one batch.")),
            .required("requests_in_flight", .count("The most requests of one client that run at once.")),
            .required("unread_bytes", .count("The most bytes of replies that wait for one client to read them.")),
            .required("clients", .count("The most clients at once.")),
            .required("unfinished_message_s", .count("How long a message may stay unfinished.")),
            .required("waiting_jobs", .count("The most jobs that wait.")),
        ])
}
