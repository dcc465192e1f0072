// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `interventions.run`: scales pairs, features, heads or whole patterns inside the running model and measures what that does.
public enum InterventionsRun: Method {
    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// A map, for edits that name none.
        public var map: String?
        /// A dictionary, for edits that name none.
        public var dictionary: String?
        /// The changes.
        public var edits: [InterventionEdit]
        /// Only scores of these positions that look, negative ones from the end; all if absent.
        public var destinations: [Int]?
        /// Only scores of these positions that are looked at, negative ones from the end; all if absent.
        public var sources: [Int]?
        /// A text.
        public var text: String?
        /// The tokens of a text.
        public var tokens: [Int]?
        /// Prompts, with their answers if they have any.
        public var prompts: [CausalPrompt]?
        /// A task, as tasks.run takes it.
        public var task: String?
        /// A text file, as dictionaries.train takes it.
        public var corpus: String?
        /// Which field of a .jsonl corpus is the text.
        public var text_field: String?
        /// How many contexts of a corpus, from its beginning.
        public var contexts: Int
        /// How many prompts of a task at most.
        public var count: Int
        /// What the choice of prompts follows from; files are read from their beginning.
        public var seed: Int
        /// Whether a BOS token is put in front of each prompt.
        public var prepend_bos: Bool
        /// Compares the pairs that are scaled with random ones; for edits that are all pairs, of a map.
        public var control: ControlParams?
        /// Whether to return every prompt that has an answer.
        public var include_prompts: Bool

        /// All parameters.
        public init(
            model: String? = nil, map: String? = nil, dictionary: String? = nil, edits: [InterventionEdit],
            destinations: [Int]? = nil, sources: [Int]? = nil, text: String? = nil, tokens: [Int]? = nil,
            prompts: [CausalPrompt]? = nil, task: String? = nil, corpus: String? = nil, text_field: String? = nil,
            contexts: Int = 8, count: Int = 64, seed: Int = 0, prepend_bos: Bool = true, control: ControlParams? = nil,
            include_prompts: Bool = false
        ) {
            self.model = model
            self.map = map
            self.dictionary = dictionary
            self.edits = edits
            self.destinations = destinations
            self.sources = sources
            self.text = text
            self.tokens = tokens
            self.prompts = prompts
            self.task = task
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.count = count
            self.seed = seed
            self.prepend_bos = prepend_bos
            self.control = control
            self.include_prompts = include_prompts
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The layers that were changed.
        public var layers: [Int]
        /// How many prompts or contexts were run.
        public var prompts: Int
        /// How many tokens they have.
        public var tokens: Int
        /// The model's own mean next-token loss in nats; absent for texts of one token.
        public var CE: Float?
        /// The changed model's.
        public var CE_changed: Float?
        /// KL(p_model || p_changed) in nats, mean over tokens.
        public var KL_logits: Float
        /// How well the model answers; absent without answers.
        public var answers: AnswerFigures?
        /// How well the changed model does.
        public var answers_changed: AnswerFigures?
        /// What the intervention takes from the logit difference, mean over prompts.
        public var drop: Float?
        /// Its standard deviation over prompts.
        public var drop_sd: Float?
        /// What random pairs do; absent unless asked for.
        public var control: ControlFigures?
        /// Each prompt that has an answer; absent unless asked for.
        public var by_prompt: [PromptEffect]?

        /// All facts.
        public init(
            model: String, layers: [Int], prompts: Int, tokens: Int, CE: Float? = nil, CE_changed: Float? = nil,
            KL_logits: Float, answers: AnswerFigures? = nil, answers_changed: AnswerFigures? = nil, drop: Float? = nil,
            drop_sd: Float? = nil, control: ControlFigures? = nil, by_prompt: [PromptEffect]? = nil
        ) {
            self.model = model
            self.layers = layers
            self.prompts = prompts
            self.tokens = tokens
            self.CE = CE
            self.CE_changed = CE_changed
            self.KL_logits = KL_logits
            self.answers = answers
            self.answers_changed = answers_changed
            self.drop = drop
            self.drop_sd = drop_sd
            self.control = control
            self.by_prompt = by_prompt
        }
    }

    public static let name = "interventions.run"
    public static let summary =
        "Scales pairs, features, heads or whole patterns inside the running model and measures what that does."
    public static let description = """
        A pair's exact contribution f_a f_b M_abh / sqrt(d_head) is subtracted from the model's own scores before the \
        softmax, wherever both features are active, and the forward pass goes on; its mask plays no part. A feature \
        takes all that it adds with it, its products with the other side's bias and error too. Edits of the same pair \
        multiply. At most one dictionary a layer; of several layers, the features of later ones are those of the changed \
        stream. Give one of text, tokens, prompts, task and corpus.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("map", .name("A map, for edits that name none.")),
            .optional("dictionary", .name("A dictionary, for edits that name none.")),
            .required("edits", .array("The changes.", of: InterventionEdit.schema, count: 1...1000)),
            .optional(
                "destinations",
                .array(
                    "Only scores of these positions that look, negative ones from the end; all if absent.", of: .integer(),
                    count: 1...Int.max)),
            .optional(
                "sources",
                .array(
                    "Only scores of these positions that are looked at, negative ones from the end; all if absent.",
                    of: .integer(), count: 1...Int.max)),
            .optional("text", .string("A text.")),
            .optional("tokens", .array("The tokens of a text.", of: .integer())),
            .optional(
                "prompts", .array("Prompts, with their answers if they have any.", of: CausalPrompt.schema, count: 1...1024)),
            .optional("task", .string("A task, as tasks.run takes it.", length: 1...4096)),
            .optional("corpus", .string("A text file, as dictionaries.train takes it.")),
            .optional("text_field", Schema.textField),
            .optional("contexts", .integer("How many contexts of a corpus, from its beginning.", in: 1...1024), default: 8),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...1024), default: 64),
            .optional(
                "seed",
                .integer("What the choice of prompts follows from; files are read from their beginning.", in: 0...Int.max),
                default: 0),
            .optional("prepend_bos", .boolean("Whether a BOS token is put in front of each prompt."), default: true),
            .optional("control", ControlParams.schema),
            .optional("include_prompts", .boolean("Whether to return every prompt that has an answer."), default: false),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("layers", .array("The layers that were changed.", of: .integer(in: 0...Int.max))),
            .required("prompts", .count("How many prompts or contexts were run.")),
            .required("tokens", .count("How many tokens they have.")),
            .optional("CE", .number("The model's own mean next-token loss in nats; absent for texts of one token.")),
            .optional("CE_changed", .number("The changed model's.")),
            .required("KL_logits", .number("KL(p_model || p_changed) in nats, mean over tokens.")),
            .optional("answers", AnswerFigures.schema),
            .optional("answers_changed", AnswerFigures.schema),
            .optional("drop", .number("What the intervention takes from the logit difference, mean over prompts.")),
            .optional("drop_sd", .number("Its standard deviation over prompts.", from: 0)),
            .optional("control", ControlFigures.schema),
            .optional("by_prompt", .array("Each prompt that has an answer; absent unless asked for.", of: PromptEffect.schema)),
        ])
    public static let errors: [ErrorKind] = ErrorKind.ofInterventions + [.tokenOutOfRange, .positionOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        [
            "map": "m1",
            "edits": [["target": "pair", "query_feature": 17, "key_feature": 301, "heads": [2]]],
            "task": "indirect_object", "control": ["draws": 10],
        ],
        nil
    )
}

extension ErrorKind {
    /// What can be wrong with an intervention and its prompts.
    static let ofInterventions: [ErrorKind] = [
        .pathRefused, .modelNotFound, .mapNotFound, .dictionaryNotFound, .dictionaryModelMismatch, .layerOutOfRange,
        .headOutOfRange, .featureOutOfRange, .taskNotFound, .taskUnsuited, .fileNotFound, .textUnreadable, .textEmpty,
        .textTooLong,
        .cancelled,
    ]
}
