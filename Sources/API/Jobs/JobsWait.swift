// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.wait`: returns once a job has ended, however it has ended.
public enum JobsWait: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The job's name, as in `j1`.
        public var job: String
        /// How long to wait at most, in seconds; for ever if absent.
        public var timeout_s: Double?

        /// All parameters.
        public init(job: String, timeout_s: Double? = nil) {
            self.job = job
            self.timeout_s = timeout_s
        }
    }

    public typealias Result = JobInfo

    public static let name = "jobs.wait"
    public static let summary = "Returns once a job has ended, however it has ended."
    public static let description = """
        With a timeout the call fails with deadline_exceeded if the job has not ended by then; the job goes on.
        """
    public static let params = Schema.object(
        "",
        [
            .required("job", .name("The job's name, as in j1.")),
            .optional("timeout_s", .number("How long to wait at most, in seconds; for ever if absent.", from: 0)),
        ])
    public static let result = JobInfo.schema
    public static let errors: [ErrorKind] = [.jobNotFound, .deadlineExceeded]
    public static let example: (params: JSON, result: JSON?) = (
        ["job": "j2"],
        JobInfo.endedExample
    )
}
