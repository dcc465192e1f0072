// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `traces.create`: queues the tracing of a task's prompts, whose graphs are kept.
public enum TracesCreate: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A loaded model's name; the embedded model if absent.
        public var model: String?
        /// A task, as tasks.run takes it.
        public var task: String?
        /// Prompts, with their answers if they have any.
        public var prompts: [CausalPrompt]?
        /// How many prompts of a task at most.
        public var count: Int
        /// What the choice of prompts follows from; files are read from their beginning.
        public var seed: Int
        /// Whether a BOS token is put in front of each prompt.
        public var prepend_bos: Bool
        /// The looks to begin with; what makes the answer likely if absent.
        public var roots: [TraceRoot]?
        /// How they are traced.
        public var options: TraceOptions
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            model: String? = nil, task: String? = nil, prompts: [CausalPrompt]? = nil, count: Int = 256, seed: Int = 0,
            prepend_bos: Bool = true, roots: [TraceRoot]? = nil, options: TraceOptions = TraceOptions(), dry_run: Bool = false
        ) {
            self.model = model
            self.task = task
            self.prompts = prompts
            self.count = count
            self.seed = seed
            self.prepend_bos = prepend_bos
            self.roots = roots
            self.options = options
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "traces.create"
    public static let summary = "Queues the tracing of a task's prompts, whose graphs are kept."
    public static let description = """
        Every prompt is traced as traces.run does it, and its graph is kept; links that prompts share are counted by what the task calls \
        their tokens. Prompts without a token that the roots name are passed over and counted. The trace appears, whole, when the job has \
        finished: traces.get shows it, traces.export writes it. A job that is interrupted goes on with the first prompt that has no graph.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .name("A loaded model's name; the embedded model if absent.")),
            .optional("task", .string("A task, as tasks.run takes it; this or prompts.", length: 1...4096)),
            .optional(
                "prompts", .array("Prompts, with their answers if they have any.", of: CausalPrompt.schema, count: 1...1024)),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...4096), default: 256),
            .optional(
                "seed",
                .integer("What the choice of prompts follows from; files are read from their beginning.", in: 0...Int.max),
                default: 0),
            .optional("prepend_bos", .boolean("Whether a BOS token is put in front of each prompt."), default: true),
            .optional(
                "roots",
                .array(
                    "The looks to begin with; if absent, what makes each prompt's answer likely.", of: TraceRoot.schema,
                    count: 1...64)),
            .optional("options", TraceOptions.schema, default: TraceOptions.defaults),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .modelNotFound, .layerOutOfRange, .headOutOfRange, .positionOutOfRange, .taskNotFound, .taskUnsuited, .fileNotFound,
        .pathRefused, .textEmpty, .textTooLong, .busy, .outOfMemory, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        [
            "task": "ioi", "roots": [["layer": 1, "head": 3, "destination": "END", "source": "S2"]], "dry_run": true,
        ],
        [
            "estimate": [
                "tokens": 5120, "steps": 256, "memory_bytes": 134_217_728, "disk_bytes": 4_194_304, "time_s_min": 2,
                "time_s_max": 8,
            ]
        ]
    )
}
