// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `traces.run`: traces looks of one prompt, or of a few, to what makes them.
public enum TracesRun: Method {
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
        /// The looks to begin with; what makes the answer likely if absent.
        public var roots: [TraceRoot]?
        /// How they are traced.
        public var options: TraceOptions

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true,
            prompts: [CausalPrompt]? = nil, task: String? = nil, count: Int = 1, seed: Int = 0, roots: [TraceRoot]? = nil,
            options: TraceOptions = TraceOptions()
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.prompts = prompts
            self.task = task
            self.count = count
            self.seed = seed
            self.roots = roots
            self.options = options
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// How signals were told from the rest.
        public var mode: SignalMode
        /// A graph for each prompt.
        public var graphs: [TraceGraphInfo]
        /// What they have in common, by the task's names of tokens, the most frequent first.
        public var edges: [TraceEdge]

        /// All facts.
        public init(model: String, mode: SignalMode, graphs: [TraceGraphInfo], edges: [TraceEdge]) {
            self.model = model
            self.mode = mode
            self.graphs = graphs
            self.edges = edges
        }
    }

    public static let name = "traces.run"
    public static let summary = "Traces looks of one prompt, or of a few, to what makes them."
    public static let description = """
        A look is one entry of an attention pattern. What its head reads at either token is a signal: a few singular vectors of its QK map. \
        The residual stream there is a sum of parts (embeddings, what heads moved from each token, MLPs, biases), so each part contributes \
        to the signal, and the contributions sum to it: 'residual' says how exactly. The greatest become links, parts that heads moved \
        are looks themselves and are traced in their turn, layer by layer downwards. What links leave out stands in 'remainder'. Without \
        roots a trace begins with the parts that make the answer more likely than what would be wrong; with softmax_greedy, with the fewest \
        that hold four fifths of what the answer's log-likelihood is above that of the biases alone. Give one of text, tokens, prompts \
        and task; at most 256 tokens and 16 prompts, more with traces.create.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional(
                "prompts", .array("Prompts, with their answers if they have any.", of: CausalPrompt.schema, count: 1...16)),
            .optional("task", .string("A task, as tasks.run takes it.", length: 1...4096)),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...16), default: 1),
            .optional(
                "seed",
                .integer("What the choice of prompts follows from; files are read from their beginning.", in: 0...Int.max),
                default: 0),
            .optional(
                "roots",
                .array(
                    "The looks to begin with; if absent, what makes each prompt's answer likely.", of: TraceRoot.schema,
                    count: 1...64)),
            .optional("options", TraceOptions.schema, default: TraceOptions.defaults),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("mode", SignalMode.traceSchema),
            .required("graphs", .array("A graph for each prompt.", of: TraceGraphInfo.schema)),
            .required(
                "edges",
                .array(
                    "What they have in common, by the task's names of tokens, the most frequent first.", of: TraceEdge.schema)),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .layerOutOfRange, .headOutOfRange, .positionOutOfRange, .taskNotFound, .taskUnsuited, .fileNotFound, .pathRefused,
            .cancelled,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        [
            "text": "When John and Mary met, John gave a key to",
            "roots": [["layer": 1, "head": 3, "destination": -1, "source": 7]], "options": ["mode": "score_sum"],
        ],
        nil
    )
}
