// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `traces.list`: lists the traces that are kept, newest first.
public enum TracesList: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// Only those of this model.
        public var model: String?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(model: String? = nil, limit: Int = 20, cursor: String? = nil) {
            self.model = model
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The traces.
        public var traces: [TraceInfo]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(traces: [TraceInfo], next_cursor: String? = nil) {
            self.traces = traces
            self.next_cursor = next_cursor
        }
    }

    public static let name = "traces.list"
    public static let summary = "Lists the traces that are kept, newest first."
    public static let description = """
        A trace appears once its job has finished, whole.
        """
    public static let params = Schema.object("", [.optional("model", .name("Only those of this model."))] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("traces", .array("The traces.", of: TraceInfo.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.cursorInvalid]
    public static let example: (params: JSON, result: JSON?) = ([:], ["traces": [TraceInfo.example]])
}
