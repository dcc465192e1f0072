// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `jobs.unsubscribe`: ends what jobs.subscribe has begun on this connection.
public enum JobsUnsubscribe: Method {
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
        /// Whether there was a subscription.
        public var unsubscribed: Bool

        /// All facts.
        public init(unsubscribed: Bool) {
            self.unsubscribed = unsubscribed
        }
    }

    public static let name = "jobs.unsubscribe"
    public static let summary = "Ends what jobs.subscribe has begun on this connection."
    public static let description = "A jobs.event that is on its way already may still arrive."
    public static let params = Schema.object("", [.required("job", .name("The job's name, as in j1."))])
    public static let result = Schema.object(
        "What came of it.",
        [.required("unsubscribed", .boolean("Whether there was a subscription."))])
    public static let errors: [ErrorKind] = []
    public static let example: (params: JSON, result: JSON?) = (["job": "j2"], ["unsubscribed": true])
}
