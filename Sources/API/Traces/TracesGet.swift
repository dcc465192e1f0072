// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `traces.get`: shows a trace that is kept: what its prompts have in common, or one prompt's graph.
public enum TracesGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The trace, as in t3.
        public var trace: String
        /// Show the graph of this prompt, counted from 0.
        public var prompt: Int?
        /// Only edges that so many prompts have.
        public var min_prompts: Int
        /// How many edges at most.
        public var limit: Int

        /// All parameters.
        public init(trace: String, prompt: Int? = nil, min_prompts: Int = 1, limit: Int = 100) {
            self.trace = trace
            self.prompt = prompt
            self.min_prompts = min_prompts
            self.limit = limit
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The trace.
        public var trace: TraceInfo
        /// Links that prompts share, the most frequent first.
        public var edges: [TraceEdge]
        /// The prompt's graph, if one was asked for.
        public var graph: TraceGraphInfo?

        /// All facts.
        public init(trace: TraceInfo, edges: [TraceEdge], graph: TraceGraphInfo? = nil) {
            self.trace = trace
            self.edges = edges
            self.graph = graph
        }
    }

    public static let name = "traces.get"
    public static let summary = "Shows a trace that is kept: what its prompts have in common, or one prompt's graph."
    public static let description = """
        Edges are the links of all graphs, brought together by head, side and what the task calls the tokens.
        """
    public static let params = Schema.object(
        "",
        [
            .required("trace", .name("The trace, as in t3.")),
            .optional("prompt", .integer("Show the graph of this prompt, counted from 0.", in: 0...Int.max)),
            .optional("min_prompts", .integer("Only edges that so many prompts have.", in: 1...Int.max), default: 1),
            .optional("limit", .integer("How many edges at most.", in: 0...100_000), default: 100),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("trace", TraceInfo.schema),
            .required("edges", .array("Links that prompts share, the most frequent first.", of: TraceEdge.schema)),
            .optional("graph", TraceGraphInfo.schema),
        ])
    public static let errors: [ErrorKind] = [.traceNotFound, .positionOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        ["trace": "t3", "limit": 1], ["trace": TraceInfo.example, "edges": [TraceEdge.example]]
    )
}
