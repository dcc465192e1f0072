import API
import ArgumentParser
import Presentation

/// Prompts whose next token is known.
struct Tasks: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tasks: list, run.", subcommands: [List.self, Run.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tasks that a model can be asked.")
        @OptionGroup var global: GlobalOptions
        @Option(help: ArgumentHelp("The model; the embedded one if absent.", valueName: "name")) var model: String?

        func run() throws {
            try global.run(TasksList.self, TasksList.Params(model: model)) { result, style in
                var table = Table([.words("task"), .words("for \(result.model)"), .words("what it asks")])
                for task in result.tasks {
                    table.add([
                        Table.Cell(task.task, .bold),
                        task.is_available ? Table.Cell("yes", .good) : Table.Cell("no", .bad),
                        Table.Cell(task.reason ?? task.summary),
                    ])
                }
                return table.text(style)
            }
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask a model a task's prompts: accuracy and logit difference.",
            discussion: """
                Examples: qklens tasks run ioi --model gpt2
                          qklens tasks run ./prompts.jsonl --prompts
                A file has one JSON object a line: {"prompt": text, "answer": " Mary", "wrong": [" John"]}.
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "The task, or the path of a .jsonl file.", completion: .file(extensions: ["jsonl"])) var task: String
        @OptionGroup var options: TaskOptions
        @Flag(help: "Show every prompt.") var prompts = false

        func run() throws {
            let params = TasksRun.Params(
                model: options.model, task: TaskOptions.name(task), count: options.count, seed: options.seed,
                prepend_bos: options.prependBOS, include_prompts: prompts)
            try global.run(TasksRun.self, params) { TaskReport($0).text($1) }
        }
    }
}

/// Which model is asked how many prompts.
struct TaskOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model; the embedded one, or that of the map, if absent.", valueName: "name")) var model:
        String?
    @Option(help: ArgumentHelp("How many prompts.", valueName: "n")) var count = 100
    @Option(help: ArgumentHelp("What the choice of prompts follows from.", valueName: "n")) var seed = 0
    @Flag(name: .customLong("prepend-bos"), inversion: .prefixedNo, help: "Put a BOS token in front of each.") var prependBOS =
        true

    /// A task as the daemon takes it: a name, or an absolute path.
    static func name(_ task: String) -> String {
        task.contains("/") || task.hasSuffix(".jsonl") ? Terminal.absolute(task) : task
    }
}
