/// A task that a model can be asked.
public struct TaskInfo: Codable, Sendable, Hashable {
    /// Its name.
    public var task: String
    /// What it asks.
    public var summary: String
    /// Whether this model can be asked.
    public var is_available: Bool
    /// Why not; absent if it can.
    public var reason: String?

    /// All facts.
    public init(task: String, summary: String, is_available: Bool, reason: String? = nil) {
        self.task = task
        self.summary = summary
        self.is_available = is_available
        self.reason = reason
    }
}

extension TaskInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A task that a model can be asked.",
        [
            .required("task", .string("Its name.")),
            .required("summary", .string("What it asks.")),
            .required("is_available", .boolean("Whether this model can be asked.")),
            .optional("reason", .string("Why not; absent if it can.")),
        ])
}
