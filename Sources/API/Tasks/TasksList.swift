// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `tasks.list`: lists the tasks that a model can be asked.
public enum TasksList: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?

        /// All parameters.
        public init(model: String? = nil) {
            self.model = model
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The tasks.
        public var tasks: [TaskInfo]

        /// All facts.
        public init(model: String, tasks: [TaskInfo]) {
            self.model = model
            self.tasks = tasks
        }
    }

    public static let name = "tasks.list"
    public static let summary = "Lists the tasks that a model can be asked."
    public static let description = """
        Tasks are sets of prompts whose next token is known. Those that come with the program are made anew for each \
        model from words that are one token of its; a model whose directory holds an indirect_object.jsonl offers that \
        too.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent."))
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("tasks", .array("The tasks.", of: TaskInfo.schema)),
        ])
    public static let errors: [ErrorKind] = [.modelNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        [:],
        [
            "model": "demo-4l",
            "tasks": [
                [
                    "task": "colored_objects",
                    "summary": "Three things with their colours, one asked about.",
                    "is_available": true,
                ]
            ],
        ]
    )
}
