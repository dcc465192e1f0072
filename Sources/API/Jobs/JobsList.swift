// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.list`: lists jobs, newest first.
public enum JobsList: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// Only those in this state.
        public var state: JobState?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(state: JobState? = nil, limit: Int = 20, cursor: String? = nil) {
            self.state = state
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The jobs.
        public var jobs: [JobInfo]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(jobs: [JobInfo], next_cursor: String? = nil) {
            self.jobs = jobs
            self.next_cursor = next_cursor
        }
    }

    public static let name = "jobs.list"
    public static let summary = "Lists jobs, newest first."
    public static let description = """
        Ended jobs stay until they are deleted.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("state", JobState.schema)
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("jobs", .array("The jobs.", of: JobInfo.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.cursorInvalid]
    public static let example: (params: JSON, result: JSON?) = (
        ["state": "running"],
        ["jobs": [JobInfo.example]]
    )
}
