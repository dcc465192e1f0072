// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `heads.overlap`: how far what heads write is what later heads read, as spaces.
public enum HeadsOverlap: Method {
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
        /// How many random spaces are compared with each other for the spread.
        public var random_spaces: Int
        /// What everything drawn follows from.
        public var seed: Int
        /// How many entries at most.
        public var limit: Int
        /// Where the page before this one ended.
        public var cursor: String?

        /// All parameters.
        public init(
            model: String? = nil, kind: HeadInput = .q, from_layers: [Int]? = nil, to_layers: [Int]? = nil,
            random_spaces: Int =
                16, seed: Int = 0, limit: Int = 20, cursor: String? = nil
        ) {
            self.model = model
            self.kind = kind
            self.from_layers = from_layers
            self.to_layers = to_layers
            self.random_spaces = random_spaces
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
        /// The mean overlap of random spaces of d_head dimensions.
        public var random_mean: Float
        /// Its standard deviation.
        public var random_sd: Float
        /// How many pairs there are.
        public var total: Int
        /// The pairs, the most overlapping first.
        public var pairs: [SubspacePair]
        /// Where the next page starts; absent on the last one.
        public var next_cursor: String?

        /// All facts.
        public init(
            model: String, kind: HeadInput, random_mean: Float, random_sd: Float, total: Int, pairs: [SubspacePair],
            next_cursor: String? = nil
        ) {
            self.model = model
            self.kind = kind
            self.random_mean = random_mean
            self.random_sd = random_sd
            self.total = total
            self.pairs = pairs
            self.next_cursor = next_cursor
        }
    }

    public static let name = "heads.overlap"
    public static let summary =
        "Says how far the spaces that heads write into are the spaces that later heads read from, whatever the strengths."
    public static let description = """
        The projection kernel ‖UᵀV‖² of the row space of W_O with the column space of W_Q (q), W_K (k) or W_V (v), \
        LayerNorm folded in, weights centred. Random spaces of dimensions a and b overlap by a·b/(d_model − 1) on \
        average; their spread is measured on random spaces of d_head dimensions.
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
            .optional(
                "random_spaces", .integer("How many random spaces are compared with each other for the spread.", in: 3...64),
                default: 16),
            .optional("seed", .integer("What everything drawn follows from.", in: 0...Int.max), default: 0),
        ] + Schema.paging)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("kind", HeadInput.schema),
            .required("random_mean", .number("The mean overlap of random spaces of d_head dimensions.")),
            .required("random_sd", .number("Its standard deviation.")),
            .required("total", .count("How many pairs there are.")),
            .required("pairs", .array("The pairs, the most overlapping first.", of: SubspacePair.schema)),
            .optional("next_cursor", Schema.nextCursor),
        ])
    public static let errors: [ErrorKind] = [.modelNotFound, .layerOutOfRange, .cursorInvalid, .cancelled, .modelUnsupported]
    public static let example: (params: JSON, result: JSON?) = (
        ["kind": "q", "limit": 1],
        [
            "model": "demo-4l", "kind": "q", "random_mean": 8.06, "random_sd": 0.31, "total": 96,
            "pairs": [
                [
                    "from_layer": 0, "from_head": 3, "to_layer": 1, "to_head": 0, "overlap": 14.2, "from_dimension": 32,
                    "to_dimension": 32, "share": 0.44, "expected": 8.06, "z": 19.8,
                ]
            ], "next_cursor": "1",
        ]
    )
}
