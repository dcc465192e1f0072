public import JSON

/// One job, as it stands.
public struct JobInfo: Codable, Sendable, Hashable {
    /// Its name, as in `j1`.
    public var job: String
    /// The method that started it.
    public var kind: JobKind
    /// Where it stands.
    public var state: JobState
    /// What it was asked to do.
    public var params: JSON
    /// The user who started it, and may cancel it.
    public var owner_uid: Int
    /// Beneath which directories its files must lie; absent where they may lie anywhere.
    public var client_roots: [String]?
    /// When it was queued (milliseconds since 1970).
    public var created_ms: Int
    /// When it began; absent before (milliseconds since 1970).
    public var started_ms: Int?
    /// When it ended; absent before (milliseconds since 1970).
    public var ended_ms: Int?
    /// How often it was started; more than one after a crash or a restart.
    public var attempts: Int
    /// Whether it ends with the very numbers of a run that was never interrupted; absent unless it went on from a checkpoint.
    public var bit_identical: Bool?
    /// How far it is; absent before its first step.
    public var progress: JobProgress?
    /// What it has made; absent before it has finished.
    public var result: JobResult?
    /// Why it has failed; absent if it has not.
    public var error: String?

    /// All facts.
    public init(
        job: String, kind: JobKind, state: JobState, params: JSON, owner_uid: Int, client_roots: [String]? = nil, created_ms: Int,
        started_ms: Int? = nil,
        ended_ms: Int? = nil, attempts: Int, bit_identical: Bool? = nil, progress: JobProgress? = nil,
        result: JobResult? = nil, error: String? = nil
    ) {
        self.job = job
        self.kind = kind
        self.state = state
        self.params = params
        self.owner_uid = owner_uid
        self.client_roots = client_roots
        self.created_ms = created_ms
        self.started_ms = started_ms
        self.ended_ms = ended_ms
        self.attempts = attempts
        self.bit_identical = bit_identical
        self.progress = progress
        self.result = result
        self.error = error
    }
}

extension JobInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One job, as it stands.",
        [
            .required("job", .name("Its name, as in j1.")),
            .required("kind", JobKind.schema),
            .required("state", JobState.schema),
            .required("params", .record("What it was asked to do.")),
            .required("owner_uid", .count("The user who started it, and may cancel it.")),
            .optional(
                "client_roots",
                .array("Beneath which directories its files must lie; absent where they may lie anywhere.", of: .string())),
            .required("created_ms", .time("When it was queued (milliseconds since 1970).")),
            .optional("started_ms", .time("When it began; absent before (milliseconds since 1970).")),
            .optional("ended_ms", .time("When it ended; absent before (milliseconds since 1970).")),
            .required("attempts", .count("How often it was started; more than one after a crash or a restart.")),
            .optional(
                "bit_identical",
                .boolean(
                    "Whether it ends with the very numbers of a run that was never interrupted; absent unless it went on from a checkpoint."
                )),
            .optional("progress", JobProgress.schema),
            .optional("result", JobResult.schema),
            .optional("error", .string("Why it has failed; absent if it has not.")),
        ])
}
