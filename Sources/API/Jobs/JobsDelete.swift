// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.delete`: deletes the record of an ended job.
public enum JobsDelete: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The job's name, as in `j1`.
        public var job: String

        /// All parameters.
        public init(job: String) {
            self.job = job
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The job's name.
        public var job: String

        /// All facts.
        public init(job: String) {
            self.job = job
        }
    }

    public static let name = "jobs.delete"
    public static let summary = "Deletes the record of an ended job."
    public static let description = """
        What the job has made stays. Only the user who started it, or root.
        """
    public static let params = Schema.object(
        "",
        [
            .required("job", .name("The job's name, as in j1."))
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("job", .name("The job's name."))
        ])
    public static let errors: [ErrorKind] = [.jobNotFound, .jobNotFinished, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (
        ["job": "j2"],
        ["job": "j2"]
    )
}
