/// How far a job is.
public struct JobProgress: Codable, Sendable, Hashable {
    /// What it is doing: one word.
    public var stage: String
    /// How many steps of this stage are done.
    public var step: Int
    /// How many there are.
    public var of: Int
    /// Tokens per second.
    public var tokens_per_s: Double
    /// Seconds left, if that can be said.
    public var time_left_s: Double?
    /// Figures of the last step: losses, L0.
    public var metrics: [String: Double]

    /// The stage of a job that waits because the disk is full; it goes on by itself when there is room.
    public static let diskFull = "disk_full"

    /// The stage of a job that waits for the service to be started again, since its worker is of another version.
    public static let serviceRestart = "service_restart"

    /// All facts.
    public init(
        stage: String, step: Int, of: Int, tokens_per_s: Double, time_left_s: Double? = nil, metrics: [String: Double]
    ) {
        self.stage = stage
        self.step = step
        self.of = of
        self.tokens_per_s = tokens_per_s
        self.time_left_s = time_left_s
        self.metrics = metrics
    }
}

extension JobProgress {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How far a job is.",
        [
            .required("stage", .string("What it is doing: one word.")),
            .required("step", .count("How many steps of this stage are done.")),
            .required("of", .count("How many there are.")),
            .required("tokens_per_s", .number("Tokens per second.", from: 0)),
            .optional("time_left_s", .number("Seconds left, if that can be said.", from: 0)),
            .required("metrics", .map("Figures of the last step: losses, L0.", of: .number())),
        ])
}
