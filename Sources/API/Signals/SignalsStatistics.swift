// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `signals.statistics`: counts of how many terms heads' looks are made, over a text or a task.
public enum SignalsStatistics: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The layers; all if absent.
        public var layers: [Int]?
        /// The heads of each layer; all if absent.
        public var heads: [Int]?
        /// How terms are selected.
        public var mode: SignalMode
        /// The share of the total that the kept terms have to exceed.
        public var phi: Double
        /// A task whose prompts are read; not together with `corpus`.
        public var task: String?
        /// How many prompts of a task at most.
        public var count: Int
        /// What the choice of prompts follows from.
        public var seed: Int
        /// Whether a BOS token is put in front of each prompt of a task.
        public var prepend_bos: Bool
        /// A text; the embedded model's if there is no task either.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts of a text are read, from its beginning.
        public var contexts: Int
        /// How many tokens a context has.
        public var context: Int

        /// All parameters.
        public init(
            model: String? = nil, layers: [Int]? = nil, heads: [Int]? = nil, mode: SignalMode = .score_sum, phi: Double = 1,
            task: String? = nil, count: Int = 100, seed: Int = 0, prepend_bos: Bool = true, corpus: String? = nil,
            text_field: String? = nil, contexts: Int = 16, context: Int = 64
        ) {
            (self.model, self.layers, self.heads, self.mode, self.phi) = (model, layers, heads, mode, phi)
            (self.task, self.count, self.seed, self.prepend_bos) = (task, count, seed, prepend_bos)
            (self.corpus, self.text_field, self.contexts, self.context) = (corpus, text_field, contexts, context)
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// How terms are selected.
        public var mode: SignalMode
        /// How many contexts or prompts were read.
        public var contexts: Int
        /// How many tokens.
        public var tokens: Int
        /// How many terms a score has.
        public var rank: Int
        /// The heads, layer by layer; two entries each where the ends are selected apart.
        public var heads: [HeadSetSizes]

        /// All facts.
        public init(model: String, mode: SignalMode, contexts: Int, tokens: Int, rank: Int, heads: [HeadSetSizes]) {
            (self.model, self.mode, self.contexts, self.tokens, self.rank, self.heads) = (
                model, mode, contexts, tokens, rank, heads
            )
        }
    }

    public static let name = "signals.statistics"
    public static let summary = "Counts of how many terms heads' looks are made, over a text or a task."
    public static let description = """
        Every look that fires is counted, in the sense of its mode (see signals.look): of each destination all sources. Computed on the spot, \
        context by context, so that other calls are answered in between: at most 256 contexts of 256 tokens, or 1,024 prompts. \
        Contexts begin with BOS.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("layers", .array("The layers; all if absent.", of: .integer(in: 0...Int.max), count: 1...1024)),
            .optional("heads", .array("The heads of each layer; all if absent.", of: .integer(in: 0...Int.max), count: 1...1024)),
        ] + Schema.signalSelection + [
            .optional(
                "task",
                .string("A task whose prompts are read, as tasks.run takes it; not together with corpus.", length: 1...4096)),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...1024), default: 100),
            .optional("seed", .integer("What the choice of prompts follows from.", in: 0...Int.max), default: 0),
            .optional("prepend_bos", .boolean("Whether a BOS token is put in front of each prompt of a task."), default: true),
            .optional("corpus", .corpus(ifAbsent: "the embedded model's text, unless there is a task")),
            .optional("text_field", .textField),
            .optional(
                "contexts", .integer("How many contexts of a text are read, from its beginning.", in: 1...256), default: 16),
            .optional("context", .integer("How many tokens a context has.", in: 2...256), default: 64),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("mode", .string("How terms are selected.", oneOf: SignalMode.allCases.map(\.rawValue))),
            .required("contexts", .count("How many contexts or prompts were read.")),
            .required("tokens", .count("How many tokens.")),
            .required("rank", .count("How many terms a score has.")),
            .required(
                "heads",
                .array("The heads, layer by layer; two entries each where the ends are selected apart.", of: HeadSetSizes.schema)),
        ])
    public static let errors: [ErrorKind] = [
        .modelNotFound, .modelUnsupported, .layerOutOfRange, .headOutOfRange, .taskNotFound, .taskUnsuited, .fileNotFound,
        .textUnreadable, .textTooLong, .textEmpty, .tokenOutOfRange, .tokenizerUnreadable, .pathRefused, .cancelled,
    ]
    public static let example: (params: JSON, result: JSON?) = (["layers": [2], "task": "indirect_object", "count": 20], nil)
}
