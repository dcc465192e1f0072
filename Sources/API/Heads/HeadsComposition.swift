// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `heads.composition`: how strongly heads read what earlier heads write.
public enum HeadsComposition: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// Which input of the later head is meant.
        public var kind: HeadInput
        /// Only heads of these layers as writers; all if absent.
        public var from_layers: [Int]?
        /// Only heads of these layers as readers; all if absent.
        public var to_layers: [Int]?
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(
            model: String? = nil, kind: HeadInput = .q, from_layers: [Int]? = nil, to_layers: [Int]? = nil, limit: Int = 20,
            cursor: String? = nil
        ) {
            self.model = model
            self.kind = kind
            self.from_layers = from_layers
            self.to_layers = to_layers
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
        /// What a map that writes in random directions scores, as a root mean square.
        public var baseline: Float
        /// The mean score over all pairs asked for.
        public var mean: Float
        /// How many pairs there are.
        public var total: Int
        /// The pairs, the strongest first.
        public var pairs: [CompositionPair]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(
            model: String, kind: HeadInput, baseline: Float, mean: Float, total: Int, pairs: [CompositionPair],
            next_cursor:
                String? = nil
        ) {
            self.model = model
            self.kind = kind
            self.baseline = baseline
            self.mean = mean
            self.total = total
            self.pairs = pairs
            self.next_cursor = next_cursor
        }
    }

    public static let name = "heads.composition"
    public static let summary = "How strongly heads read what earlier heads write, by their weights alone, the strongest first."
    public static let description = """
        Elhage's composition scores ‖OV_A M_B‖ / (‖OV_A‖ ‖M_B‖), Frobenius, for every head A of an earlier layer than B, \
        with M_B = W_Q W_Kᵀ for q, its transpose for k, OV_B for v; LayerNorm folded in, weights centred. A map of A \
        whose directions point anywhere would score baseline, 1/√(d_model − 1), as a root mean square. Computed from \
        inner products of d_head × d_head, for GPT-2 small in well under a second.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("kind", HeadInput.schema, default: .string(HeadInput.q.rawValue)),
            .optional(
                "from_layers", .array("Only heads of these layers as writers; all if absent.", of: Schema.layer, count: 1...1024)),
            .optional(
                "to_layers", .array("Only heads of these layers as readers; all if absent.", of: Schema.layer, count: 1...1024)),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("kind", HeadInput.schema),
            .required("baseline", .number("What a map that writes in random directions scores, as a root mean square.")),
            .required("mean", .number("The mean score over all pairs asked for.")),
            .required("total", .count("How many pairs there are.")),
            .required("pairs", .array("The pairs, the strongest first.", of: CompositionPair.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.modelNotFound, .layerOutOfRange, .cursorInvalid, .cancelled]
    public static let example: (params: JSON, result: JSON?) = (
        ["kind": "k", "limit": 1],
        [
            "model": "demo-4l", "kind": "k", "baseline": 0.0887, "mean": 0.11, "total": 96,
            "pairs": [["from_layer": 0, "from_head": 1, "to_layer": 2, "to_head": 2, "score": 0.27]], "next_cursor": "1",
        ]
    )
}
