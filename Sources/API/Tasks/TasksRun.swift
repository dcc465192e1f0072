// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `tasks.run`: asks a model the prompts of a task and says how well it does.
public enum TasksRun: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// A task's name, or the path of a .jsonl file.
        public var task: String
        /// How many prompts of a task at most.
        public var count: Int
        /// What the choice of prompts follows from; files are read from their beginning.
        public var seed: Int
        /// Whether a BOS token is put in front of each prompt.
        public var prepend_bos: Bool
        /// Whether to return every prompt with its logits.
        public var include_prompts: Bool

        /// All parameters.
        public init(
            model: String? = nil, task: String, count: Int = 100, seed: Int = 0, prepend_bos: Bool = true,
            include_prompts: Bool = false
        ) {
            self.model = model
            self.task = task
            self.count = count
            self.seed = seed
            self.prepend_bos = prepend_bos
            self.include_prompts = include_prompts
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The task.
        public var task: String
        /// How many prompts were asked.
        public var prompts: Int
        /// How well they were answered.
        public var answers: AnswerFigures
        /// Each prompt; absent unless asked for.
        public var by_prompt: [TaskAnswer]?

        /// All facts.
        public init(model: String, task: String, prompts: Int, answers: AnswerFigures, by_prompt: [TaskAnswer]? = nil) {
            self.model = model
            self.task = task
            self.prompts = prompts
            self.answers = answers
            self.by_prompt = by_prompt
        }
    }

    public static let name = "tasks.run"
    public static let summary = "Asks a model the prompts of a task and says how well it does."
    public static let description = """
        The figure is the answer's logit less the mean of the wrong ones' after the last token. A file of one's own has \
        a JSON object on each line: prompt, answer, and wrong, a text or several; each answer is one token with its \
        space, as in ' Mary'.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .required(
                "task",
                .string(

                    "ioi, colored_objects, indirect_object for a model that brings it, or the absolute path of a "
                        + ".jsonl file of one's own.",
                    length: 1...4096)),
            .optional("count", .integer("How many prompts of a task at most.", in: 1...1024), default: 100),
            .optional(
                "seed",
                .integer("What the choice of prompts follows from; files are read from their beginning.", in: 0...Int.max),
                default: 0),
            .optional("prepend_bos", .boolean("Whether a BOS token is put in front of each prompt."), default: true),
            .optional("include_prompts", .boolean("Whether to return every prompt with its logits."), default: false),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("task", .string("The task.")),
            .required("prompts", .count("How many prompts were asked.")),
            .required("answers", AnswerFigures.schema),
            .optional("by_prompt", .array("Each prompt; absent unless asked for.", of: TaskAnswer.schema)),
        ])
    public static let errors: [ErrorKind] = [
        .modelNotFound, .taskNotFound, .taskUnsuited, .fileNotFound, .textTooLong, .textEmpty, .tokenizerUnreadable,
        .cancelled, .pathRefused,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["task": "indirect_object", "count": 200],
        [
            "model": "demo-4l", "task": "indirect_object", "prompts": 200,
            "answers": ["accuracy": 1, "logit_difference": 9.8, "logit_difference_sd": 2.1],
        ]
    )
}
