// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `interventions.features`: changes features of sparse autoencoders inside the running model, and measures what that does to the logits.
public enum InterventionsFeatures: Method {
    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the autoencoders' own if absent.
        public var model: String?
        /// A text.
        public var text: String?
        /// The tokens of a text.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front of each prompt.
        public var prepend_bos: Bool
        /// Prompts, with their answers if they have any.
        public var prompts: [CausalPrompt]?
        /// A task, as tasks.run takes it.
        public var task: String?
        /// How many prompts of a task at most.
        public var count: Int
        /// What the choice of prompts follows from; files are read from their beginning.
        public var seed: Int
        /// The changes.
        public var edits: [SAEFeatureEdit]
        /// Whether the pass goes on with each reconstruction's error.
        public var keep_error: Bool
        /// After which token of each prompt logits are compared.
        public var position: TracePosition
        /// Tokens whose logits are wanted in any case, each with its space, as in ' Mary'.
        public var logits: [String]?
        /// How many of the most raised and most lowered tokens.
        public var top_k: Int
        /// Whether to return every prompt that has an answer.
        public var include_prompts: Bool

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true,
            prompts: [CausalPrompt]? = nil, task: String? = nil, count: Int = 64, seed: Int = 0, edits: [SAEFeatureEdit],
            keep_error: Bool = true, position: TracePosition = .index(-1), logits: [String]? = nil, top_k: Int = 10,
            include_prompts: Bool = false
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.prompts = prompts
            self.task = task
            self.count = count
            self.seed = seed
            self.edits = edits
            self.keep_error = keep_error
            self.position = position
            self.logits = logits
            self.top_k = top_k
            self.include_prompts = include_prompts
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The layers whose features were changed.
        public var layers: [Int]
        /// How many prompts were asked.
        public var prompts: Int
        /// In how many of them something was changed.
        public var changed: Int
        /// What each edit has met, in the order of the call.
        public var edits: [EditedFeature]
        /// KL(p_model || p_changed) in nats after the compared tokens, mean over prompts.
        public var KL_logits: Float
        /// The tokens whose logits rise most, mean over prompts.
        public var raised: [LogitChange]
        /// The tokens whose logits fall most, mean over prompts.
        public var lowered: [LogitChange]
        /// The tokens that the call names.
        public var logits: [LogitChange]?
        /// How well the model answers; absent without answers.
        public var answers: AnswerFigures?
        /// How well the changed model does.
        public var answers_changed: AnswerFigures?
        /// What the change takes from the logit difference, mean over prompts.
        public var drop: Float?
        /// Its standard deviation over prompts.
        public var drop_sd: Float?
        /// Each prompt that has an answer; absent unless asked for.
        public var by_prompt: [PromptEffect]?

        /// All facts.
        public init(
            model: String, layers: [Int], prompts: Int, changed: Int, edits: [EditedFeature], KL_logits: Float,
            raised: [LogitChange], lowered: [LogitChange], logits: [LogitChange]? = nil, answers: AnswerFigures? = nil,
            answers_changed: AnswerFigures? = nil, drop: Float? = nil, drop_sd: Float? = nil, by_prompt: [PromptEffect]? = nil
        ) {
            self.model = model
            self.layers = layers
            self.prompts = prompts
            self.changed = changed
            self.edits = edits
            self.KL_logits = KL_logits
            self.raised = raised
            self.lowered = lowered
            self.logits = logits
            self.answers = answers
            self.answers_changed = answers_changed
            self.drop = drop
            self.drop_sd = drop_sd
            self.by_prompt = by_prompt
        }
    }

    public static let name = "interventions.features"
    public static let summary =
        "Changes features of sparse autoencoders inside the running model, and measures what that does to the logits."
    public static let description = """
        Each autoencoder's activation a is encoded as it comes, the edits are made on its features, and the pass goes on with z_hat(f') + \
        (a - z_hat(f)): the error is kept, and where no edit changes anything the model is exactly itself. Without the error it goes on \
        with z_hat(f') alone. Autoencoders of later layers encode the stream as the earlier ones leave it. Edits of the same feature act \
        one after the other. Give one of text, tokens, prompts and task; answers are looked for after the compared token.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional(
                "prompts", .array("Prompts, with their answers if they have any.", of: CausalPrompt.schema, count: 1...1024)),
            .optional("task", .string("A task, as tasks.run takes it.", length: 1...4096)),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...1024), default: 64),
            .optional(
                "seed",
                .integer("What the choice of prompts follows from; files are read from their beginning.", in: 0...Int.max),
                default: 0),
            .required("edits", .array("The changes.", of: SAEFeatureEdit.schema, count: 1...1000)),
            .optional(
                "keep_error", .boolean("Whether the pass goes on with each reconstruction's error."), default: true),
            .optional(
                "position", TracePosition.schema("After which token of each prompt logits are compared."), default: -1),
            .optional(
                "logits",
                .array(
                    "Tokens whose logits are wanted in any case, each with its space, as in ' Mary'.", of: .string(),
                    count: 1...1000)),
            .optional("top_k", .integer("How many of the most raised and most lowered tokens.", in: 0...1000), default: 10),
            .optional("include_prompts", .boolean("Whether to return every prompt that has an answer."), default: false),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("layers", .array("The layers whose features were changed.", of: .integer(in: 0...Int.max))),
            .required("prompts", .count("How many prompts were asked.")),
            .required("changed", .count("In how many of them something was changed.")),
            .required("edits", .array("What each edit has met, in the order of the call.", of: EditedFeature.schema)),
            .required(
                "KL_logits",
                .number("KL(p_model || p_changed) in nats after the compared tokens, mean over prompts.")),
            .required("raised", .array("The tokens whose logits rise most, mean over prompts.", of: LogitChange.schema)),
            .required("lowered", .array("The tokens whose logits fall most, mean over prompts.", of: LogitChange.schema)),
            .optional("logits", .array("The tokens that the call names.", of: LogitChange.schema)),
            .optional("answers", AnswerFigures.schema),
            .optional("answers_changed", AnswerFigures.schema),
            .optional("drop", .number("What the change takes from the logit difference, mean over prompts.")),
            .optional("drop_sd", .number("Its standard deviation over prompts.", from: 0)),
            .optional("by_prompt", .array("Each prompt that has an answer; absent unless asked for.", of: PromptEffect.schema)),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .saeNotFound, .saeUnsuited, .dictionaryModelMismatch, .featureOutOfRange, .positionOutOfRange, .taskNotFound,
            .taskUnsuited, .fileNotFound, .pathRefused, .tokenizerUnreadable, .cancelled,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        [
            "task": "indirect_object", "count": 32,
            "edits": [["sae": "s1", "feature": 17, "factor": 0, "positions": ["S2"]]],
        ],
        nil
    )
}
