public import API

/// What the service says about itself.
public struct ServiceFacts: Sendable {
    /// Rises by one whenever a field of the protocol is removed or changes its meaning.
    static let apiVersion = 1
    /// What this build can do, by the first words of its methods' names, in the order in which they are read.
    static let capabilities = allMethods.reduce(into: [String]()) { names, method in
        let name = String(method.name.prefix { $0 != "." })
        if !names.contains(name) { names.append(name) }
    }

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
    /// What a client may ask.
    public let limits: LimitsInfo

    /// The facts.
    public init(
        version: String, storeSchemaVersion: Int, uptime: @escaping @Sendable () -> Double,
        process: @escaping @Sendable () -> ProcessFigures, traffic: @escaping @Sendable () -> TrafficSnapshot, limits: LimitsInfo
    ) {
        self.version = version
        self.storeSchemaVersion = storeSchemaVersion
        self.uptime = uptime
        self.process = process
        self.traffic = traffic
        self.limits = limits
    }
}
