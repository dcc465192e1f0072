// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.train`: queues the training of layers' sparse autoencoders.
public enum SAEsTrain: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The layers, counted from 0; all are trained from the same pass over the data.
        public var layers: [Int]
        /// Which activation of each layer is reconstructed.
        public var site: SAESite
        /// A .txt, .jsonl or .npy file, or `demo` for the embedded model's text; `demo` if absent, for that model only.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// An activation cache to train on instead of a text, as in `c1`; it holds the activation of every layer.
        public var cache: String?
        /// The number of features; the preset's multiple of the activation's width if absent.
        public var d_sae: Int?
        /// The settings that hold where nothing else is said.
        public var preset: SAEPreset
        /// How many steps; the preset's if absent.
        public var steps: Int?
        /// How many contexts make up a step; as many as make 4096 tokens, or the preset's, if absent.
        public var batch_sequences: Int?
        /// From how many steps' contexts the tokens of a step are drawn; the preset's if absent.
        public var shuffle_steps: Int?
        /// The length of a context in tokens; the model's own, at most 128, if absent.
        public var context: Int?
        /// Adam's step size; the preset's if absent.
        public var learning_rate: Double?
        /// The weight λ of the sparsity penalty, per token: one for each layer, or one for all; the preset's if absent.
        public var sparsity: [Double]?
        /// How features are chosen; the preset's way if absent.
        public var activation: FeatureActivation?
        /// Active features per token, for `topk` and `batchtopk`; the preset's, or 32, if absent.
        public var k: Int?
        /// The width of `jumprelu`'s kernel; 0.001 if absent.
        public var bandwidth: Double?
        /// How many dead features learn from each token's error, for `topk` and `batchtopk`; 0 for none, the preset's if absent.
        public var auxiliary_k: Int?
        /// After how many steps dead features begin again; 0 for never, the preset's if absent.
        public var resample_every: Int?
        /// The share of tokens at which a feature is active at most that then begins again; the preset's if absent.
        public var dead_frequency: Double?
        /// The seed of all randomness.
        public var seed: Int
        /// How many contexts are kept apart, for the evaluation.
        public var held_out_contexts: Int
        /// Every how many steps the figures join the series of metrics; a thousandth of all if absent.
        public var metrics_every: Int?
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            model: String? = nil, layers: [Int], site: SAESite = .z, corpus: String? = nil, text_field: String? = nil,
            cache: String? = nil, d_sae: Int? = nil, preset: SAEPreset = .demo, steps: Int? = nil, batch_sequences: Int? = nil,
            shuffle_steps: Int? = nil, context: Int? = nil, learning_rate: Double? = nil, sparsity: [Double]? = nil,
            activation: FeatureActivation? = nil, k: Int? = nil, bandwidth: Double? = nil, auxiliary_k: Int? = nil,
            resample_every: Int? = nil, dead_frequency: Double? = nil, seed: Int = 0, held_out_contexts: Int = 64,
            metrics_every: Int? = nil, dry_run: Bool = false
        ) {
            self.model = model
            self.layers = layers
            self.site = site
            self.corpus = corpus
            self.text_field = text_field
            self.cache = cache
            self.d_sae = d_sae
            self.preset = preset
            self.steps = steps
            self.batch_sequences = batch_sequences
            self.shuffle_steps = shuffle_steps
            self.context = context
            self.learning_rate = learning_rate
            self.sparsity = sparsity
            self.activation = activation
            self.k = k
            self.bandwidth = bandwidth
            self.auxiliary_k = auxiliary_k
            self.resample_every = resample_every
            self.dead_frequency = dead_frequency
            self.seed = seed
            self.held_out_contexts = held_out_contexts
            self.metrics_every = metrics_every
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "saes.train"
    public static let summary = "Queues the training of layers' sparse autoencoders."
    public static let description = """
        Returns once the job is on disk. An autoencoder is trained for every layer, all from one pass over the data: f = gate((z - b_dec) \
        W_enc + b_enc), z_hat = f W_dec + b_dec, the rows of W_dec of unit norm. An interrupted job goes on by itself from its last \
        checkpoint and ends with the same numbers. The autoencoders appear when the job has finished.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .required(
                "layers",
                .array(
                    "The layers, counted from 0; all are trained from the same pass over the data.",
                    of: .integer(in: 0...Int.max), count: 1...1024)),
            .optional("site", SAESite.schema, default: "z"),
            .optional("corpus", .corpus(ifAbsent: "demo, for that model only")),
            .optional("text_field", .textField),
            .optional(
                "cache",
                .name("An activation cache to train on instead of a text, as in c1; it holds the activation of every layer.")),
            .optional(
                "d_sae",
                .integer(
                    "The number of features; the preset's multiple of the activation's width if absent: 8 for demo, else 32.",
                    in: 1...1_048_576)),
            .optional(
                "preset",
                .string(
                    "The settings that hold where nothing else is said: demo (an autoencoder of the embedded model in a minute), kissane-2024 (ReLU, L1, resampling), topk, batchtopk, jumprelu (100 M tokens each).",
                    oneOf: SAEPreset.allCases.map(\.rawValue)),
                default: "demo"),
            .optional("steps", .integer("How many steps; the preset's if absent.", in: 1...10_000_000)),
            .optional(
                "batch_sequences",
                .integer(
                    "How many contexts make up a step; as many as make 4096 tokens, or the preset's, if absent.", in: 1...4096)),
            .optional(
                "shuffle_steps",
                .integer(
                    "From how many steps' contexts the tokens of a step are drawn; the preset's if absent.", in: 1...1024)),
            .optional(
                "context", .integer("The length of a context in tokens; the model's own, at most 128, if absent.", in: 2...1024)),
            .optional("learning_rate", .number("Adam's step size; the preset's if absent.", above: 0, to: 1)),
            .optional(
                "sparsity",
                .array(
                    "The weight λ of the sparsity penalty, per token: one for each layer, or one for all; the preset's if absent.",
                    of: .number(from: 0), count: 1...1024)),
            .optional(
                "activation",
                .string(
                    "How features are chosen: relu, topk, batchtopk, jumprelu; the preset's way if absent.",
                    oneOf: FeatureActivation.allCases.map(\.rawValue))),
            .optional(
                "k",
                .integer("Active features per token, for topk and batchtopk; the preset's, or 32, if absent.", in: 1...65_536)),
            .optional("bandwidth", .number("The width of jumprelu's kernel; 0.001 if absent.", above: 0, to: 1)),
            .optional(
                "auxiliary_k",
                .integer(
                    "How many dead features learn from each token's error, for topk and batchtopk; 0 for none, the preset's if absent.",
                    in: 0...65_536)),
            .optional(
                "resample_every",
                .integer(
                    "After how many steps dead features begin again, at most four times; 0 for never, the preset's if absent.",
                    in: 0...10_000_000)),
            .optional(
                "dead_frequency",
                .share(
                    "The share of tokens at which a feature is active at most that then begins again; the preset's if absent.")),
            .optional("seed", .integer("The seed of all randomness."), default: 0),
            .optional(
                "held_out_contexts", .integer("How many contexts are kept apart, for the evaluation.", in: 1...100_000),
                default: 64),
            .optional(
                "metrics_every",
                .integer(
                    "Every how many steps the figures join the series of metrics; a thousandth of all if absent.",
                    in: 1...10_000_000)),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .modelNotFound, .layerOutOfRange, .cacheNotFound, .fileNotFound, .textUnreadable, .pathRefused, .textEmpty, .textTooLong,
        .tokenOutOfRange, .busy, .outOfMemory, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["layers": [0, 1], "dry_run": true],
        [
            "estimate": [
                "tokens": 3_072_000, "steps": 1500, "memory_bytes": 268_435_456, "disk_bytes": 16_777_216, "time_s_min": 45,
                "time_s_max": 120,
            ]
        ]
    )
}
