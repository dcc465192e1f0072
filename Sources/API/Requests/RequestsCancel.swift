// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `requests.cancel`: gives up a request that runs on this connection.
public enum RequestsCancel: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The request's own `id`.
        public var id: JSON

        /// All parameters.
        public init(id: JSON) {
            self.id = id
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// Whether such a request was running.
        public var cancelled: Bool

        /// All facts.
        public init(cancelled: Bool) {
            self.cancelled = cancelled
        }
    }

    public static let name = "requests.cancel"
    public static let summary = "Gives up a request that runs on this connection."
    public static let description = """
        The request is answered with cancelled at once. What it had begun ends at the next place where that is safe: \
        it counts as running until then, and a change that was being made may still be made. Requests end with their \
        connection without being asked to. One that has not been read yet, because as many as are allowed are running, \
        cannot be named.
        """
    public static let params = Schema.object(
        "",
        [
            .required(
                "id", .either("The id of the request, as it was sent.", [.string("A string."), .number("A number.")]))
        ])
    public static let result = Schema.object(
        "What came of it.",
        [.required("cancelled", .boolean("Whether such a request was running."))])
    public static let errors: [ErrorKind] = []
    public static let example: (params: JSON, result: JSON?) = (["id": 7], ["cancelled": true])
}
