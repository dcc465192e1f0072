// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.subscribe`: returns a job and sends jobs.event notifications until it has ended.
public enum JobsSubscribe: Method {
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

    public static let name = "jobs.subscribe"
    public static let summary = "Returns a job and sends jobs.event notifications until it has ended."
    public static let description = """
        Each notification carries {"job": JobInfo}; they come on the same connection, the last one with the ended \
        state. A job that has ended already sends none. A client that does not keep up misses states in between, never \
        the newest. A second subscription to the same job changes nothing; jobs.unsubscribe or the end of the \
        connection ends it.
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
