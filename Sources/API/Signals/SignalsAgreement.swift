// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `signals.agreement`: compares what heads' looks read with what a map's surviving features say of them.
public enum SignalsAgreement: Method {
    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the map's own if absent.
        public var model: String?
        /// A prompt; exactly one of `text`, `tokens`, `task` and `corpus` is given.
        public var text: String?
        /// A prompt's tokens.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front of each prompt.
        public var prepend_bos: Bool
        /// The map.
        public var map: String
        /// The heads of the map's layer; all if absent.
        public var heads: [Int]?
        /// The position that looks, of a single prompt; negative ones count from the end.
        public var destination: Int
        /// The position that is looked at, of a single prompt; the strongest of each head if absent.
        public var source: Int?
        /// How terms are selected.
        public var mode: SignalMode
        /// The share of the total that the kept terms have to exceed.
        public var phi: Double
        /// A task whose prompts are read.
        public var task: String?
        /// How many prompts of a task at most.
        public var count: Int
        /// What the choice of prompts follows from.
        public var seed: Int
        /// A text.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts of a text are read, from its beginning.
        public var contexts: Int

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, map: String,
            heads: [Int]? = nil, destination: Int = -1, source: Int? = nil, mode: SignalMode = .score_sum, phi: Double = 1,
            task: String? = nil, count: Int = 100, seed: Int = 0, corpus: String? = nil, text_field: String? = nil,
            contexts: Int = 16
        ) {
            (self.model, self.text, self.tokens, self.prepend_bos, self.map) = (model, text, tokens, prepend_bos, map)
            (self.heads, self.destination, self.source, self.mode, self.phi) = (heads, destination, source, mode, phi)
            (self.task, self.count, self.seed) = (task, count, seed)
            (self.corpus, self.text_field, self.contexts) = (corpus, text_field, contexts)
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The map.
        public var map: String
        /// Its dictionary.
        public var dictionary: String
        /// The layer, counted from 0.
        public var layer: Int
        /// How terms are selected.
        public var mode: SignalMode
        /// How many prompts or contexts were read.
        public var prompts: Int
        /// The heads.
        public var heads: [HeadAgreement]

        /// All facts.
        public init(
            model: String, map: String, dictionary: String, layer: Int, mode: SignalMode, prompts: Int, heads: [HeadAgreement]
        ) {
            (self.model, self.map, self.dictionary, self.layer, self.mode) = (model, map, dictionary, layer, mode)
            (self.prompts, self.heads) = (prompts, heads)
        }
    }

    public static let name = "signals.agreement"
    public static let summary = "Compares what heads' looks read with what a map's surviving features say of them."
    public static let description = """
        At an end of a look, the kept terms' vectors s_k = √s_k·u_k (or v_k) span what the head reads there. Each active feature a of a \
        surviving pair has a decoder row w_a; g_a = w_a·W⁺ is the shortest direction of the normalised stream that the head's map W takes \
        to it. signal_in_features is Σ|P s_k|²/Σ|s_k|², P projecting on the span of all g_a; features_in_signal is Σ f_a²|P g_a|²/Σ f_a²|g_a|², \
        P projecting on the span of all s_k. By chance a direction lies in a span of n dimensions by n/rank W: the two random figures. \
        Of a text or tokens, one look per head is compared, whether it fires or not; of a task or a corpus, every look that fires, which are \
        computed prompt by prompt, so that other calls are answered in between.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the map's own if absent.")),
            .optional("text", .string("A prompt; exactly one of text, tokens, task and corpus is given.")),
            .optional("tokens", .array("A prompt's tokens.", of: .integer())),
            .optional("prepend_bos", .boolean("Whether a BOS token is put in front of each prompt."), default: true),
            .required("map", .name("The map, as in m1.")),
            .optional("heads", Schema.heads),
            .optional(
                "destination", .integer("The position that looks, of a single prompt; negative ones count from the end."),
                default: -1),
            .optional(
                "source",
                .integer("The position that is looked at, of a single prompt; the strongest of each head if absent.")),
        ] + Schema.signalSelection + [
            .optional("task", .string("A task whose prompts are read, as tasks.run takes it.", length: 1...4096)),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...1024), default: 100),
            .optional("seed", .integer("What the choice of prompts follows from.", in: 0...Int.max), default: 0),
            .optional("corpus", .corpus(ifAbsent: "nothing")),
            .optional("text_field", .textField),
            .optional(
                "contexts", .integer("How many contexts of a text are read, from its beginning.", in: 1...256), default: 16),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("map", .name("The map.")),
            .required("dictionary", .name("Its dictionary.")),
            .required("layer", Schema.layer),
            .required("mode", .string("How terms are selected.", oneOf: SignalMode.allCases.map(\.rawValue))),
            .required("prompts", .count("How many prompts or contexts were read.")),
            .required("heads", .array("The heads.", of: HeadAgreement.schema)),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .mapNotFound, .dictionaryNotFound, .dictionaryModelMismatch, .modelUnsupported, .headOutOfRange, .positionOutOfRange,
            .taskNotFound, .taskUnsuited, .fileNotFound, .textUnreadable, .tokenizerUnreadable, .pathRefused, .cancelled,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "text": "When John and Mary went to the store, John gave a drink to"], nil
    )
}
