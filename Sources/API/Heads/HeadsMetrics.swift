// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `heads.metrics`: what every head's pattern looks like on a text.
public enum HeadsMetrics: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// A text, as `maps.train` takes it.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// A task as `tasks.run` takes it, instead of a corpus.
        public var task: String?
        /// How many contexts or prompts at most.
        public var contexts: Int
        /// Tokens in a context; 128, or the model's whole context if that is shorter; no matter for a task.
        public var context_length: Int?
        /// What everything drawn follows from.
        public var seed: Int
        /// Whether a BOS token stands in front of each context that is made here.
        public var prepend_bos: Bool
        /// The attention to position 0 from which a head has a sink in a context.
        public var sink_threshold: Double

        /// All parameters.
        public init(
            model: String? = nil, corpus: String? = nil, text_field: String? = nil, task: String? = nil, contexts: Int = 32,
            context_length: Int? = nil, seed: Int = 0, prepend_bos: Bool = true, sink_threshold: Double = 0.3
        ) {
            self.model = model
            self.corpus = corpus
            self.text_field = text_field
            self.task = task
            self.contexts = contexts
            self.context_length = context_length
            self.seed = seed
            self.prepend_bos = prepend_bos
            self.sink_threshold = sink_threshold
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// What was read: repeated random tokens, the corpus or the task.
        public var text: String
        /// How many contexts were read.
        public var contexts: Int
        /// How many tokens.
        public var tokens: Int
        /// The attention to position 0 from which a head has a sink.
        public var sink_threshold: Double
        /// The share of heads and contexts that have one.
        public var sink_rate: Float
        /// The heads, layer by layer.
        public var heads: [HeadFigures]

        /// All facts.
        public init(
            model: String, text: String, contexts: Int, tokens: Int, sink_threshold: Double, sink_rate: Float,
            heads:
                [HeadFigures]
        ) {
            self.model = model
            self.text = text
            self.contexts = contexts
            self.tokens = tokens
            self.sink_threshold = sink_threshold
            self.sink_rate = sink_rate
            self.heads = heads
        }
    }

    public static let name = "heads.metrics"
    public static let summary =
        "Measures every head's pattern: previous token, induction, duplicate token, entropy, distance, sink."
    public static let description = """
        On repeated random tokens unless a corpus or a task is named: BOS, n different tokens, the same n again, which \
        shows induction heads for what they are. HeadVis's six metrics, the duplicate-token score, and the sink rate of \
        Gu et al. (2410.10781). Batch by batch, with other calls in between; patterns of one layer are in memory at a \
        time.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("corpus", Schema.corpus(ifAbsent: "repeated random tokens, or the task's prompts")),
            .optional("text_field", Schema.textField),
            .optional("task", .string("A task as `tasks.run` takes it, instead of a corpus.", length: 1...4096)),
            .optional("contexts", .integer("How many contexts or prompts at most.", in: 1...4096), default: 32),
            .optional(
                "context_length",
                .integer(
                    "Tokens in a context; 128, or the model's whole context if that is shorter; no matter for a task.",
                    in: 3...Int.max)),
            .optional("seed", .integer("What everything drawn follows from.", in: 0...Int.max), default: 0),
            .optional(
                "prepend_bos", .boolean("Whether a BOS token stands in front of each context that is made here."), default: true),
            .optional(
                "sink_threshold", .share("The attention to position 0 from which a head has a sink in a context."), default: 0.3),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("text", .string("What was read: repeated random tokens, the corpus or the task.")),
            .required("contexts", .count("How many contexts were read.")),
            .required("tokens", .count("How many tokens.")),
            .required("sink_threshold", .share("The attention to position 0 from which a head has a sink.")),
            .required("sink_rate", .share("The share of heads and contexts that have one.")),
            .required("heads", .array("The heads, layer by layer.", of: HeadFigures.schema)),
        ])
    public static let errors: [ErrorKind] = [
        .modelNotFound, .textTooLong, .textEmpty, .textUnreadable, .tokenOutOfRange, .tokenizerUnreadable, .taskNotFound,
        .taskUnsuited,
        .fileNotFound, .pathRefused, .cancelled,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["contexts": 8],
        nil
    )
}
