public import API

/// What the service says about itself.
public struct ServiceFacts: Sendable {
    /// Rises by one whenever a field of the protocol is removed or changes its meaning.
    static let apiVersion = 1
    /// What this build can do, by the first word of the methods that do it.
    static let capabilities = [
        "activations", "attention", "dictionaries", "examples", "features", "heads", "interventions", "jobs", "maps", "models",
        "pairs",
        "store", "tasks", "tokens",
    ]

    /// The program's version.
    public let version: String
    /// The version of the store's layout.
    public let storeSchemaVersion: Int
    /// Seconds since the start.
    public let uptime: @Sendable () -> Double
    /// What the kernel knows of the process.
    public let process: @Sendable () -> ProcessFigures
    /// What has gone over the socket.
    public let traffic: @Sendable () -> TrafficSnapshot

    /// The facts.
    public init(
        version: String, storeSchemaVersion: Int, uptime: @escaping @Sendable () -> Double,
        process: @escaping @Sendable () -> ProcessFigures, traffic: @escaping @Sendable () -> TrafficSnapshot
    ) {
        self.version = version
        self.storeSchemaVersion = storeSchemaVersion
        self.uptime = uptime
        self.process = process
        self.traffic = traffic
    }
}
