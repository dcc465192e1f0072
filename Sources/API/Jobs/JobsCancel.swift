// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.cancel`: cancels a queued or running job.
public enum JobsCancel: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The job's name, as in `j1`.
        public var job: String

        /// All parameters.
        public init(job: String) {
            self.job = job
        }
    }

    public typealias Result = JobInfo

    public static let name = "jobs.cancel"
    public static let summary = "Cancels a queued or running job."
    public static let description = """
        Only the user who started the job, or root. A running job ends at its next step.
        """
    public static let params = Schema.object(
        "",
        [
            .required("job", .name("The job's name, as in j1."))
        ])
    public static let result = JobInfo.schema
    public static let errors: [ErrorKind] = [.jobNotFound, .jobAlreadyFinished, .permissionDenied, .storeFull]
    public static let example: (params: JSON, result: JSON?) = (
        ["job": "j3"],
        [
            "job": "j3", "kind": "dictionaries.train", "state": "cancelled", "params": ["layer": 1], "owner_uid": 1000,
            "created_ms": 1_767_225_700_000, "ended_ms": 1_767_225_703_000, "attempts": 0,
        ]
    )
}
