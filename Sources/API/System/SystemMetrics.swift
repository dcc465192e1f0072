// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `system.metrics` asks for the service's figures as Prometheus reads them.
public enum SystemMetrics: Method {
    public typealias Params = NoParams

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The media type of the text.
        public var content_type: String
        /// The figures, one per line.
        public var text: String

        /// All facts.
        public init(content_type: String, text: String) {
            self.content_type = content_type
            self.text = text
        }
    }

    public static let name = "system.metrics"
    public static let summary = "Returns the service's figures in Prometheus's text format."
    public static let description = """
        Requests by method and outcome with their durations, clients, bytes, jobs by state, the store, the memory of recent \
        prompts, and the process. Counters begin at the service's start. `qklens system metrics` prints the text alone, for a file \
        that node_exporter's textfile collector reads.
        """
    public static let params = Schema.object()
    public static let result = Schema.object(
        "The figures.",
        [
            .required("content_type", .string("The media type of the text.")),
            .required("text", .string("The figures, one per line.")),
        ])
    public static let errors: [ErrorKind] = []
    public static let example: (params: JSON, result: JSON?) = ([:], nil)
}
