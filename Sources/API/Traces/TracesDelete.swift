// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `traces.delete`: deletes a trace with its graphs.
public enum TracesDelete: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The trace, as in t3.
        public var trace: String

        /// All parameters.
        public init(trace: String) { self.trace = trace }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The trace's name.
        public var trace: String

        /// All facts.
        public init(trace: String) { self.trace = trace }
    }

    public static let name = "traces.delete"
    public static let summary = "Deletes a trace with its graphs."
    public static let description = """
        Only its owner and root may.
        """
    public static let params = Schema.object("", [.required("trace", .name("The trace, as in t3."))])
    public static let result = Schema.object("What comes back.", [.required("trace", .name("The trace's name."))])
    public static let errors: [ErrorKind] = [.traceNotFound, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (["trace": "t3"], ["trace": "t3"])
}
