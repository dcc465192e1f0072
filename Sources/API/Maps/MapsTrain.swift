// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.train`: queues the training of the mask over a dictionary's feature pairs.
public enum MapsTrain: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary, as in `d1`.
        public var dictionary: String
        /// A .txt, .jsonl or .npy file, or `demo` for the embedded model's text; what the dictionary was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many steps, of each trial if the weight is searched.
        public var steps: Int
        /// How many contexts make up a step.
        public var batch_sequences: Int
        /// Adam's step size.
        public var learning_rate: Double
        /// The weight λ_m of the mask's penalty, per entry; the greatest within the budget is searched if absent.
        public var sparsity: Double?
        /// How much the search may add to the KL of the attention pattern, as a share of the whole map's.
        public var budget: Double
        /// How many weights the search may try; each for as many steps.
        public var trials: Int
        /// What is done to the surviving entries in the end.
        public var polish: MapPolish
        /// How many steps a refit takes.
        public var polish_steps: Int
        /// What keeps the penalty's root smooth at 0.
        public var sparsity_epsilon: Double
        /// The seed of all randomness; the same seed gives the same numbers.
        public var seed: Int
        /// From how many contexts the entries are collected; from all of the training text if absent.
        public var support_contexts: Int?
        /// How many contexts are kept apart, for the evaluation; the first 32 of them also weigh the trials of a search.
        public var held_out_contexts: Int
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            dictionary: String, corpus: String? = nil, text_field: String? = nil, steps: Int = 300, batch_sequences: Int = 16,
            learning_rate: Double = 3e-2,
            sparsity: Double? = nil, budget: Double = 0.05, trials: Int = 8, polish: MapPolish = .none, polish_steps: Int = 100,
            sparsity_epsilon: Double = 1e-6, seed: Int = 1, support_contexts: Int? = nil,
            held_out_contexts: Int = 64, dry_run: Bool = false
        ) {
            self.dictionary = dictionary
            self.corpus = corpus
            self.text_field = text_field
            self.steps = steps
            self.batch_sequences = batch_sequences
            self.learning_rate = learning_rate
            self.sparsity = sparsity
            self.budget = budget
            self.trials = trials
            self.polish = polish
            self.polish_steps = polish_steps
            self.sparsity_epsilon = sparsity_epsilon
            self.seed = seed
            self.support_contexts = support_contexts
            self.held_out_contexts = held_out_contexts
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "maps.train"
    public static let summary = "Queues the training of the mask over a dictionary's feature pairs."
    public static let description = """
        Returns once the job is on disk. First the entries that are active together are collected, then their mask is \
        trained; the map appears when the job has finished. Without a weight, the greatest one is searched with which the \
        survivors' KL exceeds the whole map's by at most the budget.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary, as in d1.")),
            .optional("corpus", .corpus(ifAbsent: "what the dictionary was trained on")),
            .optional("text_field", .textField),
            .optional(
                "steps", .integer("How many steps, of each trial if the weight is searched.", in: 1...10_000_000), default: 300),
            .optional("batch_sequences", .integer("How many contexts make up a step.", in: 1...4096), default: 16),
            .optional("learning_rate", .number("Adam's step size.", above: 0, to: 1), default: 3e-2),
            .optional(
                "sparsity",
                .number(
                    "The weight λ_m of the mask's penalty, per entry; the greatest within the budget is searched if absent.",
                    from: 0)),
            .optional(
                "budget",
                .number(
                    "How much the search may add to the KL of the attention pattern, as a share of the whole map's.", from: 0),
                default: 0.05),
            .optional(
                "trials", .integer("How many weights the search may try; each for as many steps.", in: 1...100), default: 8),
            .optional(
                "polish",
                .string(
                    "What is done to the surviving entries in the end: nothing; set to 1; trained on without a penalty.",
                    oneOf: MapPolish.allCases.map(\.rawValue)), default: "none"),
            .optional("polish_steps", .integer("How many steps a refit takes.", in: 1...1_000_000), default: 100),
            .optional("sparsity_epsilon", .number("What keeps the penalty's root smooth at 0.", above: 0), default: 1e-6),
            .optional("seed", .integer("The seed of all randomness; the same seed gives the same numbers."), default: 1),
            .optional(
                "support_contexts",
                .integer(
                    "From how many contexts the entries are collected; from all of the training text if absent.",
                    in: 1...100_000_000)),
            .optional(
                "held_out_contexts",
                .integer(
                    "How many contexts are kept apart, for the evaluation; the first 32 of them also weigh the trials of a search.",
                    in: 1...100_000),
                default: 64),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .dictionaryNotFound, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .textUnreadable, .pathRefused, .textEmpty,
        .tokenOutOfRange,
        .busy,
        .outOfMemory, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1"],
        [
            "job": JobInfo.example,
            "estimate": [
                "tokens": 614_400, "steps": 300, "memory_bytes": 268_435_456, "disk_bytes": 8_388_608, "time_s_min": 15,
                "time_s_max": 40,
            ],
        ]
    )
}
