import JSON

/// A link that many prompts share, by what the task calls its tokens.
public struct TraceEdge: Codable, Sendable, Hashable {
    /// What writes.
    public var kind: TraceNode.Kind
    /// Its layer.
    public var layer: Int?
    /// Its head.
    public var head: Int?
    /// What it looks at, of a look.
    public var source_role: String?
    /// At which token it writes, and is read.
    public var role: String
    /// The reader's layer; absent for the logits.
    public var downstream_layer: Int?
    /// The reader's head; absent for the logits.
    public var downstream_head: Int?
    /// At which of the reader's tokens.
    public var side: TraceSide
    /// In how many prompts there is such a link.
    public var prompts: Int
    /// How much it contributes, mean over those prompts.
    public var weight: Float

    /// All facts.
    public init(
        kind: TraceNode.Kind, layer: Int? = nil, head: Int? = nil, source_role: String? = nil, role: String,
        downstream_layer: Int? = nil, downstream_head: Int? = nil, side: TraceSide, prompts: Int, weight: Float
    ) {
        self.kind = kind
        self.layer = layer
        self.head = head
        self.source_role = source_role
        self.role = role
        self.downstream_layer = downstream_layer
        self.downstream_head = downstream_head
        self.side = side
        self.prompts = prompts
        self.weight = weight
    }
}

extension TraceEdge {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A link that many prompts share, by what the task calls its tokens; 'other' is every token that it does not name.",
        [
            .required(
                "kind", .string("What writes, as in a graph's nodes.", oneOf: TraceNode.Kind.allCases.map(\.rawValue))),
            .optional("layer", Schema.layer),
            .optional("head", Schema.head),
            .optional(
                "source_role", .string("What it looks at, of a look; absent in the mode score_sum, where heads count as wholes.")),
            .required("role", .string("At which token it writes, and is read.")),
            .optional("downstream_layer", .integer("The reader's layer; absent for the logits.", in: 0...Int.max)),
            .optional("downstream_head", .integer("The reader's head; absent for the logits.", in: 0...Int.max)),
            .required("side", TraceSide.schema),
            .required("prompts", .count("In how many prompts there is such a link.")),
            .required("weight", .number("How much it contributes, summed within a prompt, mean over those prompts.")),
        ])

    static let example: JSON = [
        "kind": "look", "layer": 0, "head": 2, "source_role": "S2", "role": "END", "downstream_layer": 1, "downstream_head": 3,
        "side": "destination", "prompts": 55, "weight": 3.1,
    ]
}
