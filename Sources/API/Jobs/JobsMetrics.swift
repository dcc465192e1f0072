// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.metrics`: the series of figures that a job has written.
public enum JobsMetrics: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The job's name, as in `j1`.
        public var job: String
        /// Where the call before this one ended: its next_cursor; the beginning if absent.
        public var cursor: String?
        /// How many lines at most.
        public var limit: Int

        /// All parameters.
        public init(job: String, cursor: String? = nil, limit: Int = 1000) {
            self.job = job
            self.cursor = cursor
            self.limit = limit
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The figures, in the order of the steps.
        public var metrics: [JSON]
        /// Where the next call goes on, also for figures that are not written yet.
        public var next_cursor: String

        /// All facts.
        public init(metrics: [JSON], next_cursor: String) {
            self.metrics = metrics
            self.next_cursor = next_cursor
        }
    }

    public static let name = "jobs.metrics"
    public static let summary = "The series of figures that a job has written."
    public static let description = """
        One object for every metrics_every-th step and dictionary, under SAELens's names; the two sides' figures end in _query and _key. \
        A series never depends on interruptions. To follow one, ask again with next_cursor after each jobs.event.
        """
    public static let params = Schema.object(
        "",
        [
            .required("job", .name("The job's name, as in j1.")),
            .optional("cursor", .string("Where the call before this one ended: its next_cursor; the beginning if absent.")),
            .optional("limit", .integer("How many lines at most.", in: 1...10_000), default: 1000),
        ])
    public static let result = Schema.object(
        "",
        [
            .required("metrics", .array("The figures, in the order of the steps.", of: .record("One step of one dictionary."))),
            .required("next_cursor", .string("Where the next call goes on, also for figures that are not written yet.")),
        ])
    public static let errors: [ErrorKind] = [.jobNotFound, .cursorInvalid]
    public static let example: (params: JSON, result: JSON?) = (
        ["job": "j2", "limit": 1],
        [
            "metrics": [
                [
                    "step": 1, "details/n_training_samples": 2048, "losses/overall_loss": 0.0131, "losses/kl_loss": 0.0096,
                    "metrics/entries": 1_048_576,
                ]
            ], "next_cursor": "131",
        ]
    )
}
