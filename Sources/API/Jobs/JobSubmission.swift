/// What comes back when work is started, or only estimated.
public struct JobSubmission: Codable, Sendable, Hashable {
    /// The queued job; absent on a dry run.
    public var job: JobInfo?
    /// What it will take.
    public var estimate: JobEstimate

    /// All facts.
    public init(job: JobInfo? = nil, estimate: JobEstimate) {
        self.job = job
        self.estimate = estimate
    }
}

extension JobSubmission {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What comes back when work is started, or only estimated.",
        [
            .optional("job", JobInfo.schema),
            .required("estimate", JobEstimate.schema),
        ])
}
