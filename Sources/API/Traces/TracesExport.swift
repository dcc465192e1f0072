// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `traces.export`: writes a trace to a file that other programs read.
public enum TracesExport: Method {
    /// What other programs read.
    public enum Format: String, Codable, Sendable, Hashable, CaseIterable {
        /// Nodes and links under circuit-tracer's names.
        case json
        /// Read by NetworkX, Gephi and yEd.
        case graphml
        /// Drawn by Graphviz.
        case dot
    }

    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The trace, as in t3.
        public var trace: String
        /// The file to write, an absolute path that is not there yet.
        public var path: String
        /// In which format.
        public var format: Format
        /// The graph of this prompt, counted from 0; what the prompts have in common if absent.
        public var prompt: Int?
        /// Only edges that so many prompts have.
        public var min_prompts: Int

        /// All parameters.
        public init(trace: String, path: String, format: Format = .json, prompt: Int? = nil, min_prompts: Int = 1) {
            self.trace = trace
            self.path = path
            self.format = format
            self.prompt = prompt
            self.min_prompts = min_prompts
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The trace.
        public var trace: String
        /// The file.
        public var path: String
        /// How many nodes were written.
        public var nodes: Int
        /// How many links were written.
        public var links: Int
        /// The size of the file, in bytes.
        public var bytes: Int

        /// All facts.
        public init(trace: String, path: String, nodes: Int, links: Int, bytes: Int) {
            self.trace = trace
            self.path = path
            self.nodes = nodes
            self.links = links
            self.bytes = bytes
        }
    }

    public static let name = "traces.export"
    public static let summary = "Writes a trace to a file that other programs read."
    public static let description = """
        json has metadata, qParams, nodes and links with the fields of circuit-tracer's graph files: node_id, feature (head × tokens + source \
        of a look, −1 of an MLP, −2 of an attention's bias), layer, ctx_idx, feature_type, clerp, influence (the share of the roots that \
        passes through the node), and links from source, which writes, to target, which reads. graphml and dot say the same for NetworkX, \
        Gephi and Graphviz. Without a prompt the nodes are heads at the tokens that the task names. The file appears when it is whole, in \
        a folder that is there; it belongs to the service's user. Users other than that and root may name a place beneath the service's \
        client roots.
        """
    public static let params = Schema.object(
        "",
        [
            .required("trace", .name("The trace, as in t3.")),
            .required("path", .string("The file to write, an absolute path that is not there yet.", length: 1...4096)),
            .optional(
                "format",
                .string(
                    "What other programs read: circuit-tracer's names in JSON, GraphML, or Graphviz's dot.",
                    oneOf: Format.allCases.map(\.rawValue)), default: .string(Format.json.rawValue)),
            .optional(
                "prompt",
                .integer(
                    "The graph of this prompt, counted from 0; what the prompts have in common if absent.", in: 0...Int.max)),
            .optional("min_prompts", .integer("Only edges that so many prompts have.", in: 1...Int.max), default: 1),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("trace", .name("The trace.")),
            .required("path", .string("The file.")),
            .required("nodes", .count("How many nodes were written.")),
            .required("links", .count("How many links were written.")),
            .required("bytes", .count("The size of the file, in bytes.")),
        ])
    public static let errors: [ErrorKind] = [
        .traceNotFound, .modelNotFound, .positionOutOfRange, .pathRefused, .fileExists, .fileUnwritable,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["trace": "t3", "path": "/home/ada/t3.dot", "format": "dot"],
        ["trace": "t3", "path": "/home/ada/t3.dot", "nodes": 9, "links": 12, "bytes": 1840]
    )
}
