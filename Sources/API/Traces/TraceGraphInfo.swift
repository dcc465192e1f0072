/// Why heads looked where they looked in one prompt.
public struct TraceGraphInfo: Codable, Sendable, Hashable {
    /// The prompt; empty if it was given as tokens.
    public var text: String
    /// The tokens as the model read them.
    public var tokens: [Int]
    /// The text of each token.
    public var pieces: [String]
    /// The nodes at which the trace began.
    public var roots: [Int]
    /// The nodes, named by their places in this list.
    public var nodes: [TraceNode]
    /// The links, those of one reader and side together, the greatest first.
    public var links: [TraceLink]
    /// Whether looks were left alone because there were too many nodes.
    public var is_truncated: Bool

    /// All facts.
    public init(
        text: String, tokens: [Int], pieces: [String], roots: [Int], nodes: [TraceNode], links: [TraceLink], is_truncated: Bool
    ) {
        self.text = text
        self.tokens = tokens
        self.pieces = pieces
        self.roots = roots
        self.nodes = nodes
        self.links = links
        self.is_truncated = is_truncated
    }
}

/// A part of the residual stream at a token.
public struct TraceNode: Codable, Sendable, Hashable {
    /// What wrote it.
    public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
        case look, head, mlp, bias, embedding, position, logits
    }

    /// What wrote it.
    public var kind: Kind
    /// The layer; absent for embeddings and logits.
    public var layer: Int?
    /// The head; of a look or a head.
    public var head: Int?
    /// The token at which it stands; of a look, the one that looks.
    public var position: Int
    /// What the task calls that token.
    public var role: String?
    /// The token that is looked at; of a look.
    public var source: Int?
    /// What the task calls that token.
    public var source_role: String?
    /// What the head gives the source.
    public var attention: Float?
    /// The scaled score.
    public var attn_score: Float?
    /// How many links lead from it to the nearest root.
    public var depth: Int
    /// What its signals consist of; empty for what was not taken apart.
    public var readings: [TraceReading]

    /// All facts.
    public init(
        kind: Kind, layer: Int? = nil, head: Int? = nil, position: Int, role: String? = nil, source: Int? = nil,
        source_role: String? = nil, attention: Float? = nil, attn_score: Float? = nil, depth: Int, readings: [TraceReading]
    ) {
        self.kind = kind
        self.layer = layer
        self.head = head
        self.position = position
        self.role = role
        self.source = source
        self.source_role = source_role
        self.attention = attention
        self.attn_score = attn_score
        self.depth = depth
        self.readings = readings
    }
}

/// At which of a look's tokens something is read.
public enum TraceSide: String, Codable, Sendable, Hashable, CaseIterable {
    case destination, source, logits
}

/// One side of a look taken apart.
public struct TraceReading: Codable, Sendable, Hashable {
    /// Which side.
    public var side: TraceSide
    /// How many singular vectors the signal has.
    public var terms: Int
    /// What is taken apart.
    public var total: Float
    /// What the head's own biases add to it.
    public var offset: Float
    /// What the links account for.
    public var kept: Float
    /// What is left.
    public var remainder: Float
    /// How far the sum of all parts is from the total: rounding.
    public var residual: Float

    /// All facts.
    public init(side: TraceSide, terms: Int, total: Float, offset: Float, kept: Float, remainder: Float, residual: Float) {
        self.side = side
        self.terms = terms
        self.total = total
        self.offset = offset
        self.kept = kept
        self.remainder = remainder
        self.residual = residual
    }
}

/// What one node contributes to what another reads.
public struct TraceLink: Codable, Sendable, Hashable {
    /// The node that writes.
    public var upstream: Int
    /// The node that reads.
    public var downstream: Int
    /// At which of the reader's tokens.
    public var side: TraceSide
    /// How much.
    public var weight: Float

    /// All facts.
    public init(upstream: Int, downstream: Int, side: TraceSide, weight: Float) {
        self.upstream = upstream
        self.downstream = downstream
        self.side = side
        self.weight = weight
    }
}

extension TraceSide {
    /// What it is on the wire.
    static let schema = Schema.string(
        "At which token something is read: where a look looks from, what it looks at, or where the answer follows.",
        oneOf: allCases.map(\.rawValue))
}

extension TraceReading {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One side of a look taken apart.",
        [
            .required("side", TraceSide.schema),
            .required("terms", .count("How many singular vectors the signal has; 0 for logits.")),
            .required(
                "total",
                .number(
                    "What is taken apart: the signal that is read, not scaled; of softmax_greedy the attention; of logits the "
                        + "difference.")),
            .required("offset", .number("What the head's own biases add to it.")),
            .required("kept", .number("What the links account for.")),
            .required("remainder", .number("What is left: total less offset less kept.")),
            .required("residual", .number("How far the sum of all parts is from the total: rounding.")),
        ])
}

extension TraceNode {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A part of the residual stream at a token.",
        [
            .required(
                "kind",
                .string(
                    "What wrote it: a head looking at one source, a whole head, an MLP, an attention's output bias, the token's or the "
                        + "position's embedding; or the logits, at which a trace may begin.", oneOf: Kind.allCases.map(\.rawValue)
                )),
            .optional("layer", Schema.layer),
            .optional("head", Schema.head),
            .required("position", .position("The token at which it stands; of a look, the one that looks.")),
            .optional("role", .string("What the task calls that token.")),
            .optional("source", .position("The token that is looked at; of a look.")),
            .optional("source_role", .string("What the task calls that token.")),
            .optional("attention", .number("What the head gives the source.", from: 0)),
            .optional("attn_score", .number("The scaled score.")),
            .required("depth", .count("How many links lead from it to the nearest root.")),
            .required(
                "readings", .array("What its signals consist of; empty for what was not taken apart.", of: TraceReading.schema)),
        ])
}

extension TraceLink {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What one node contributes to what another reads.",
        [
            .required("upstream", .count("The node that writes.")),
            .required("downstream", .count("The node that reads.")),
            .required("side", TraceSide.schema),
            .required("weight", .number("How much; of softmax_greedy, what the attention falls by without it.")),
        ])
}

extension TraceGraphInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "Why heads looked where they looked in one prompt.",
        [
            .required("text", .string("The prompt; empty if it was given as tokens.")),
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("roots", .array("The nodes at which the trace began.", of: .integer(in: 0...Int.max))),
            .required("nodes", .array("The nodes, named by their places in this list.", of: TraceNode.schema)),
            .required("links", .array("The links, the greatest of each reader and side first.", of: TraceLink.schema)),
            .required("is_truncated", .boolean("Whether looks were left alone because there were too many nodes.")),
        ])
}
