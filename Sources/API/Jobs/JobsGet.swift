// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.get`: describes one job.
public enum JobsGet: Method {
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

    public static let name = "jobs.get"
    public static let summary = "Describes one job."
    public static let description = """
        Progress is at most a second old.
        """
    public static let params = Schema.object(
        "",
        [
            .required("job", .name("The job's name, as in j1."))
        ])
    public static let result = JobInfo.schema
    public static let errors: [ErrorKind] = [.jobNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["job": "j2"],
        JobInfo.example
    )
}
