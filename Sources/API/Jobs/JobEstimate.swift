/// What a job will take.
public struct JobEstimate: Codable, Sendable, Hashable {
    /// How many tokens it will read.
    public var tokens: Int
    /// How many steps it will make.
    public var steps: Int
    /// Memory, in bytes.
    public var memory_bytes: Int
    /// Disk, in bytes.
    public var disk_bytes: Int
    /// Seconds, if all goes well.
    public var time_s_min: Double
    /// Seconds, if the machine is busy.
    public var time_s_max: Double

    /// All facts.
    public init(tokens: Int, steps: Int, memory_bytes: Int, disk_bytes: Int, time_s_min: Double, time_s_max: Double) {
        self.tokens = tokens
        self.steps = steps
        self.memory_bytes = memory_bytes
        self.disk_bytes = disk_bytes
        self.time_s_min = time_s_min
        self.time_s_max = time_s_max
    }
}

extension JobEstimate {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a job will take.",
        [
            .required("tokens", .count("How many tokens it will read.")),
            .required("steps", .count("How many steps it will make.")),
            .required("memory_bytes", .count("Memory, in bytes.")),
            .required("disk_bytes", .count("Disk, in bytes.")),
            .required("time_s_min", .number("Seconds, if all goes well.", from: 0)),
            .required("time_s_max", .number("Seconds, if the machine is busy.", from: 0)),
        ])
}
