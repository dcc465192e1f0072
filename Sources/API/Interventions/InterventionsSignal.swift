// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `interventions.signal`: scales what heads and MLPs carry of the signal that a look reads, and measures what that does.
public enum InterventionsSignal: Method {
    /// What sees the change.
    public enum Scope: String, Codable, Sendable, Hashable, CaseIterable {
        case global, local
    }

    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the embedded model if absent.
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
        /// The look whose signal it is.
        public var look: TraceRoot
        /// At which of its tokens the signal is read.
        public var side: TraceSide
        /// The heads that carry it, of lower layers.
        public var upstream: [HeadName]?
        /// The lower layers whose MLPs carry it.
        public var mlps: [Int]?
        /// What the signal is multiplied by: 0 removes, 1 leaves, 2 doubles.
        public var factor: Float
        /// What sees the change.
        public var scope: Scope
        /// How the signal is told from the rest.
        public var options: TraceOptions
        /// Whether prompts in which the head does not look there are changed too.
        public var include_silent: Bool
        /// How many random directions are compared.
        public var draws: Int
        /// What they follow from.
        public var control_seed: Int
        /// Whether to return every prompt.
        public var include_prompts: Bool

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true,
            prompts: [CausalPrompt]? = nil, task: String? = nil, count: Int = 64, seed: Int = 0, look: TraceRoot,
            side: TraceSide = .destination, upstream: [HeadName]? = nil, mlps: [Int]? = nil, factor: Float = 0,
            scope: Scope = .global,
            options: TraceOptions = TraceOptions(), include_silent: Bool = false, draws: Int = 5, control_seed: Int = 0,
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
            self.look = look
            self.side = side
            self.upstream = upstream
            self.mlps = mlps
            self.factor = factor
            self.scope = scope
            self.options = options
            self.include_silent = include_silent
            self.draws = draws
            self.control_seed = control_seed
            self.include_prompts = include_prompts
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// How the signal was told from the rest.
        public var mode: SignalMode
        /// How many prompts were asked.
        public var prompts: Int
        /// In how many of them something was changed; the figures below are of these.
        public var changed: Int
        /// How many singular vectors the signal has, mean.
        public var terms: Float
        /// The cosine of the upstream outputs with themselves after the change, mean.
        public var cosine: Float
        /// Their length after the change by that before, mean.
        public var norm_ratio: Float
        /// How well the model answers; absent without answers.
        public var answers: AnswerFigures?
        /// What the change does.
        public var effect: SignalEffect
        /// What directions that are not the signal's do, changed by as much; mean over draws.
        public var control: SignalEffect?
        /// Each prompt; absent unless asked for.
        public var by_prompt: [SignalPromptEffect]?

        /// All facts.
        public init(
            model: String, mode: SignalMode, prompts: Int, changed: Int, terms: Float, cosine: Float, norm_ratio: Float,
            answers: AnswerFigures? = nil, effect: SignalEffect, control: SignalEffect? = nil,
            by_prompt: [SignalPromptEffect]? = nil
        ) {
            self.model = model
            self.mode = mode
            self.prompts = prompts
            self.changed = changed
            self.terms = terms
            self.cosine = cosine
            self.norm_ratio = norm_ratio
            self.answers = answers
            self.effect = effect
            self.control = control
            self.by_prompt = by_prompt
        }
    }

    public static let name = "interventions.signal"
    public static let summary = "Scales what heads and MLPs carry of the signal that a look reads, and measures what that does."
    public static let description = """
        The signal of a look is spanned by a few singular vectors of its head's QK map. What an upstream head or MLP writes at the look's token is \
        projected on them, and the projection is scaled: in that output, with all that follows computed anew (global), or in what \
        the looking head alone reads, LayerNorm's scale held (local). The control changes the same outputs by vectors of the same length \
        from the head's other singular vectors. Give upstream, mlps or both, and one of text, tokens, prompts and task.
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
            .required("look", TraceRoot.schema),
            .optional(
                "side",
                .string(
                    "At which of its tokens the signal is read.",
                    oneOf: [TraceSide.destination.rawValue, TraceSide.source.rawValue]),
                default: .string(TraceSide.destination.rawValue)),
            .optional("upstream", .array("The heads that carry it, of lower layers.", of: HeadName.schema, count: 1...1024)),
            .optional("mlps", .array("The lower layers whose MLPs carry it.", of: Schema.layer, count: 1...1024)),
            .optional(
                "factor",
                .number("What the signal is multiplied by: 0 removes, 1 leaves, 2 doubles.", from: -1000, to: 1000), default: 0),
            .optional(
                "scope",
                .string("What sees the change: everything, or the looking head alone.", oneOf: Scope.allCases.map(\.rawValue)),
                default: .string(Scope.global.rawValue)),
            .optional("options", TraceOptions.schema, default: TraceOptions.defaults),
            .optional(
                "include_silent", .boolean("Whether prompts in which the head does not look there are changed too."),
                default: false),
            .optional("draws", .integer("How many random directions are compared.", in: 0...100), default: 5),
            .optional("control_seed", .integer("What they follow from.", in: 0...Int.max), default: 0),
            .optional("include_prompts", .boolean("Whether to return every prompt."), default: false),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("mode", SignalMode.traceSchema),
            .required("prompts", .count("How many prompts were asked.")),
            .required("changed", .count("In how many of them something was changed; the figures below are of these.")),
            .required("terms", .number("How many singular vectors the signal has, mean.", from: 0)),
            .required("cosine", .number("The cosine of the upstream outputs with themselves after the change, mean.")),
            .required("norm_ratio", .number("Their length after the change by that before, mean.", from: 0)),
            .optional("answers", AnswerFigures.schema),
            .required("effect", SignalEffect.schema),
            .optional("control", SignalEffect.schema),
            .optional("by_prompt", .array("Each prompt; absent unless asked for.", of: SignalPromptEffect.schema)),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .layerOutOfRange, .headOutOfRange, .positionOutOfRange, .taskNotFound, .taskUnsuited, .fileNotFound, .pathRefused,
            .cancelled,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        [
            "look": ["layer": 1, "head": 3, "destination": "END", "source": "S2"], "side": "destination",
            "upstream": [["layer": 0, "head": 2]], "task": "indirect_object",
        ],
        nil
    )
}
