// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.train`: queues the training of layers' transcoders.
public enum DictionariesTrain: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The layers, counted from 0; all are trained from the same pass over the data.
        public var layers: [Int]
        /// A .txt, .jsonl or .npy file, or `demo` for the embedded model's text; `demo` if absent, for that model only.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// An activation cache to train on instead of a text, as in `c1`; it holds `blocks.N.ln1.hook_x` of every layer.
        public var cache: String?
        /// The numbers of query features: one dictionary for each; the preset's one if absent.
        public var d_sae_query: [Int]?
        /// The number of key features that goes with each; as many as query features if absent.
        public var d_sae_key: [Int]?
        /// The settings that hold where nothing else is said.
        public var preset: TrainingPreset
        /// How many steps; the preset's if absent.
        public var steps: Int?
        /// How many contexts make up a step; the preset's if absent.
        public var batch_sequences: Int?
        /// The length of a context in tokens; the model's own, at most 256, if absent.
        public var context: Int?
        /// Adam's step size; the preset's if absent.
        public var learning_rate: Double?
        /// The weight λ of the sparsity penalty, per token; the preset's if absent.
        public var sparsity: Double?
        /// What keeps the √ penalty's root smooth at 0; the preset's if absent.
        public var sparsity_epsilon: Double?
        /// How features are chosen; the preset's way if absent.
        public var activation: FeatureActivation?
        /// What keeps the features of `relu` few; the preset's if absent.
        public var penalty: FeaturePenalty?
        /// Active features per token and side, for `topk` and `batchtopk`; the preset's, or 16, if absent.
        public var k: Int?
        /// The width of `jumprelu`'s kernel; 0.001 if absent.
        public var bandwidth: Double?
        /// What is held about the norms of the decoder's rows; the preset's rule if absent.
        public var decoder_norm: DecoderNormRule?
        /// How many dead features learn from each token's error; 0 for none, the preset's if absent.
        public var auxiliary_k: Int?
        /// After how many steps dead features begin again; 0 for never, the preset's if absent.
        public var resample_every: Int?
        /// The weight μ of the squared error of queries and keys, at the start.
        public var mse: Double
        /// The share of all steps over which μ goes to 0.
        public var mse_warm_share: Double
        /// The seeds of all randomness: one dictionary for each; the first also orders the text.
        public var seeds: [Int]
        /// How many contexts are kept apart, for the evaluation.
        public var held_out_contexts: Int
        /// Every how many steps the figures join the series of metrics; a thousandth of all if absent.
        public var metrics_every: Int?
        /// Every how many steps the series tells what is reached on held-out contexts; a 25th of all if absent, 0 for never.
        public var evaluate_every: Int?
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            model: String? = nil, layers: [Int], corpus: String? = nil, text_field: String? = nil,
            cache: String? = nil, d_sae_query: [Int]? = nil, d_sae_key: [Int]? = nil,
            preset: TrainingPreset = .demo, steps: Int? = nil, batch_sequences: Int? = nil, context: Int? = nil,
            learning_rate: Double? = nil, sparsity: Double? = nil, sparsity_epsilon: Double? = nil,
            activation: FeatureActivation? = nil, penalty: FeaturePenalty? = nil, k: Int? = nil, bandwidth: Double? = nil,
            decoder_norm: DecoderNormRule? = nil, auxiliary_k: Int? = nil, resample_every: Int? = nil, mse: Double = 0,
            mse_warm_share: Double = 0.02,
            seeds: [Int] = [0], held_out_contexts: Int = 64, metrics_every: Int? = nil, evaluate_every: Int? = nil,
            dry_run: Bool = false
        ) {
            self.model = model
            self.layers = layers
            self.corpus = corpus
            self.text_field = text_field
            self.cache = cache
            self.d_sae_query = d_sae_query
            self.d_sae_key = d_sae_key
            self.preset = preset
            self.steps = steps
            self.batch_sequences = batch_sequences
            self.context = context
            self.learning_rate = learning_rate
            self.sparsity = sparsity
            self.sparsity_epsilon = sparsity_epsilon
            self.activation = activation
            self.penalty = penalty
            self.k = k
            self.bandwidth = bandwidth
            self.decoder_norm = decoder_norm
            self.auxiliary_k = auxiliary_k
            self.resample_every = resample_every
            self.mse = mse
            self.mse_warm_share = mse_warm_share
            self.seeds = seeds
            self.held_out_contexts = held_out_contexts
            self.metrics_every = metrics_every
            self.evaluate_every = evaluate_every
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "dictionaries.train"
    public static let summary = "Queues the training of layers' transcoders."
    public static let description = """
        Returns once the job is on disk. A dictionary is trained for every layer with every size and every seed, all from one pass \
        over the data. An interrupted job goes on by itself from its last checkpoint and ends with the same numbers. The \
        dictionaries appear when the job has finished.
        """
    /// How many sizes, or seeds, one call may ask for.
    private static let mostAtOnce = 64

    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .required(
                "layers",
                .array(
                    "The layers, counted from 0; all are trained from the same pass over the data.",
                    of: .integer(in: 0...Int.max), count: 1...1024)),
            .optional("corpus", .corpus(ifAbsent: "demo, for that model only")),
            .optional("text_field", .textField),
            .optional(
                "cache",
                .name(
                    "An activation cache to train on instead of a text, as in c1; it holds blocks.N.ln1.hook_x of every layer.")),
            .optional(
                "d_sae_query",
                .array(
                    "The numbers of query features: one dictionary for each; the preset's one if absent.",
                    of: .integer(in: 1...65_536), count: 1...Self.mostAtOnce)),
            .optional(
                "d_sae_key",
                .array(
                    "The number of key features that goes with each; as many as query features if absent.",
                    of: .integer(in: 1...65_536), count: 1...Self.mostAtOnce)),
            .optional(
                "preset",
                .string(
                    "The settings that hold where nothing else is said: demo (a dictionary of the embedded model in a minute), recommended (BatchTopK, 100 M tokens), as-published, published-2024-08 (200 M tokens each).",
                    oneOf: TrainingPreset.allCases.map(\.rawValue)),
                default: "demo"),
            .optional("steps", .integer("How many steps; the preset's if absent.", in: 1...10_000_000)),
            .optional("batch_sequences", .integer("How many contexts make up a step; the preset's if absent.", in: 1...4096)),
            .optional(
                "context", .integer("The length of a context in tokens; the model's own, at most 256, if absent.", in: 2...1024)),
            .optional("learning_rate", .number("Adam's step size; the preset's if absent.", above: 0, to: 1)),
            .optional("sparsity", .number("The weight λ of the sparsity penalty, per token; the preset's if absent.", from: 0)),
            .optional(
                "sparsity_epsilon", .number("What keeps the √ penalty's root smooth at 0; the preset's if absent.", above: 0)),
            .optional(
                "activation",
                .string(
                    "How features are chosen: relu, topk, batchtopk, jumprelu; the preset's way if absent.",
                    oneOf: FeatureActivation.allCases.map(\.rawValue))),
            .optional(
                "penalty",
                .string(
                    "What keeps the features of relu few: root (Σ √(n f + ε)) or l1 (Σ n f); the preset's if absent.",
                    oneOf: FeaturePenalty.allCases.map(\.rawValue))),
            .optional(
                "k",
                .integer(
                    "Active features per token and side, for topk and batchtopk; the preset's, or 16, if absent.", in: 1...65_536)
            ),
            .optional("bandwidth", .number("The width of jumprelu's kernel; 0.001 if absent.", above: 0, to: 1)),
            .optional(
                "decoder_norm",
                .string(
                    "What is held about the norms of the decoder's rows: free or unit; the preset's rule if absent.",
                    oneOf: DecoderNormRule.allCases.map(\.rawValue))),
            .optional(
                "auxiliary_k",
                .integer(
                    "How many dead features learn from each token's error; 0 for none, the preset's if absent.", in: 0...65_536)),
            .optional(
                "resample_every",
                .integer(
                    "After how many steps dead features begin again; 0 for never, the preset's if absent.", in: 0...10_000_000)),
            .optional(
                "mse", .number("The weight μ of the squared error of queries and keys, at the start.", from: 0), default: 0),
            .optional("mse_warm_share", .share("The share of all steps over which μ goes to 0."), default: 0.02),
            .optional(
                "seeds",
                .array(
                    "The seeds of all randomness: one dictionary for each; the first also orders the text.", of: .integer(),
                    count: 1...Self.mostAtOnce),
                default: [0]),
            .optional(
                "held_out_contexts", .integer("How many contexts are kept apart, for the evaluation.", in: 1...100_000),
                default: 64),
            .optional(
                "metrics_every",
                .integer(
                    "Every how many steps the figures join the series of metrics; a thousandth of all if absent.",
                    in: 1...10_000_000)),
            .optional(
                "evaluate_every",
                .integer(
                    "Every how many steps the series tells what is reached on the first of the held-out contexts: the loss recovered, and "
                        + "how often features are active; rounded up to a multiple of metrics_every, 0 for never; if absent a 25th of all, or more where "
                        + "that would take more than a fiftieth of the training.",
                    in: 0...10_000_000)),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .modelNotFound, .layerOutOfRange, .cacheNotFound, .fileNotFound, .textUnreadable, .pathRefused, .textEmpty, .textTooLong,
        .tokenOutOfRange,
        .busy,
        .outOfMemory, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["layers": [0], "dry_run": true],
        [
            "estimate": [
                "tokens": 3_072_000, "steps": 1500, "memory_bytes": 268_435_456, "disk_bytes": 16_777_216, "time_s_min": 45,
                "time_s_max": 120,
            ]
        ]
    )
}
