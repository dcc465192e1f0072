import API
import ArgumentParser
import JSON
import Presentation

/// `qklens selftest`: whether a model computes here what is known of it.
struct SelfTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest", abstract: "Compare what a model computes here with what is published of it.",
        discussion: """
            Examples: qklens selftest
                      qklens selftest gpt2
                      qklens selftest gpt2 --task ./ioi-256.jsonl

            The traces that are known of GPT-2 small are published without their prompts; a file of the 256, in their order, makes them
            comparable. Exit status 1 if a number is wrong, or if nothing is known of the model.
            """)
    @OptionGroup var global: GlobalOptions
    @Argument(help: "The model; the embedded one if absent.") var model: String?
    @Option(
        help: ArgumentHelp(
            "A safetensors file with known numbers; those that come with the daemon if absent.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var goldens: String?
    @Option(
        help: ArgumentHelp(
            "The prompts that known traces are of: a task, or a .jsonl file; those that came with the numbers if absent.",
            valueName: "task"), completion: .file(extensions: ["jsonl"]))
    var task: String?

    func run() throws {
        let params = ModelsSelftest.Params(
            model: model, goldens: goldens.map(Terminal.absolute), task: task.map(TaskOptions.name))
        let session = try global.connect(), result = try session.call(ModelsSelftest.self, params)
        try session.show(result) { SelfTestReport(result).text($0) }
        if result.verdict != .passed { throw ExitCode(ShellStatus.refused.rawValue) }
    }
}
