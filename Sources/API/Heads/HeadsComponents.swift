// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `heads.components`: which single components of heads talk to each other.
public enum HeadsComponents: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// Which input of the later head is meant.
        public var kind: HeadInput
        /// Only this layer's heads as writers.
        public var from_layer: Int?
        /// Only this head of from_layer.
        public var from_head: Int?
        /// Only this layer's heads as readers.
        public var to_layer: Int?
        /// Only this head of to_layer.
        public var to_head: Int?
        /// What ranks the entries.
        public var order: ComponentOrder
        /// How many of the reader's components each entry names.
        public var reads: Int
        /// How many random directions make the baseline.
        public var random_directions: Int
        /// What everything drawn follows from.
        public var seed: Int
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(
            model: String? = nil, kind: HeadInput = .q, from_layer: Int? = nil, from_head: Int? = nil, to_layer: Int? = nil,
            to_head: Int? = nil, order: ComponentOrder = .z, reads: Int = 3, random_directions: Int = 256, seed: Int = 0,
            limit:
                Int = 20, cursor: String? = nil
        ) {
            self.model = model
            self.kind = kind
            self.from_layer = from_layer
            self.from_head = from_head
            self.to_layer = to_layer
            self.to_head = to_head
            self.order = order
            self.reads = reads
            self.random_directions = random_directions
            self.seed = seed
            self.limit = limit
            self.cursor = cursor
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// Which input of the later head is meant.
        public var kind: HeadInput
        /// How many random directions made the baseline.
        public var random_directions: Int
        /// How many entries there are.
        public var total: Int
        /// The entries, the strongest first.
        public var components: [ComponentPair]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(
            model: String, kind: HeadInput, random_directions: Int, total: Int, components: [ComponentPair],
            next_cursor:
                String? = nil
        ) {
            self.model = model
            self.kind = kind
            self.random_directions = random_directions
            self.total = total
            self.components = components
            self.next_cursor = next_cursor
        }
    }

    public static let name = "heads.components"
    public static let summary = "Says which single components of heads are read by later heads, beside random directions."
    public static let description = """
        OV_A = Σ σ_k a_k b_kᵀ: component k writes in the direction b_k, and ‖b_kᵀ M_B‖ / ‖M_B‖ says how strongly head B \
        reads it, whatever σ_k (Merullo et al., 2406.09519). The baseline is that of random directions without a mean; \
        its seed makes it repeatable. Each entry names the reader's own components that take the direction up. The \
        singular decompositions of the layers asked for are computed anew: for all of GPT-2 small a few seconds, layer \
        by layer, with other calls in between.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("kind", HeadInput.schema, default: .string(HeadInput.q.rawValue)),
            .optional("from_layer", Schema.layer),
            .optional("from_head", Schema.head),
            .optional("to_layer", Schema.layer),
            .optional("to_head", Schema.head),
            .optional("order", ComponentOrder.schema, default: .string(ComponentOrder.z.rawValue)),
            .optional("reads", .integer("How many of the reader's components each entry names.", in: 0...1024), default: 3),
            .optional("random_directions", .integer("How many random directions make the baseline.", in: 2...4096), default: 256),
            .optional("seed", .integer("What everything drawn follows from.", in: 0...Int.max), default: 0),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("kind", HeadInput.schema),
            .required("random_directions", .count("How many random directions made the baseline.")),
            .required("total", .count("How many entries there are.")),
            .required("components", .array("The entries, the strongest first.", of: ComponentPair.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [
        .modelNotFound, .layerOutOfRange, .headOutOfRange, .cursorInvalid, .cancelled, .modelUnsupported,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["kind": "k", "to_layer": 2, "to_head": 2, "limit": 1],
        [
            "model": "demo-4l", "kind": "k", "random_directions": 256, "total": 256,
            "components": [
                [
                    "from_layer": 1, "from_head": 0, "component": 2, "to_layer": 2, "to_head": 2, "score": 0.31, "baseline": 0.08,
                    "baseline_sd": 0.01, "z": 23, "reads": [["component": 0, "score": 0.25]],
                ]
            ], "next_cursor": "1",
        ]
    )
}

/// What ranks the components that heads read.
public enum ComponentOrder: String, Codable, Sendable, CaseIterable {
    /// By how far the score lies above that of random directions, in their standard deviations.
    case z
    /// By the score itself.
    case score
}

extension ComponentOrder {
    /// What it is on the wire.
    static let schema = Schema.string(
        "What ranks the entries: how far they lie above random directions, or the score itself.", oneOf: allCases.map(\.rawValue))
}
