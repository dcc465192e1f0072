public import API
private import Checkpoints
private import GPT2
private import JSON
public import Tasks
public import Tensors
private import Tokenizer

/// The tasks that a model can be asked, by the names that calls give them.
public struct TaskPrompts: Sendable {
    private let model: LoadedModel
    /// Where a file that the caller names may lie.
    private let access: FileAccess

    /// The tasks of a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - access: Where a file that the caller names may lie.
    public init(model: LoadedModel, access: FileAccess) { (self.model, self.access) = (model, access) }

    /// The name of the file that a model's directory may hold, as a task.
    private static let ownTask = "indirect_object"

    /// The model's own file of prompts.
    private var ownFile: PromptFile { PromptFile(model.directory.appending(PromptFile.ofModels)) }

    /// Every task, and whether the model can be asked it.
    public func list() -> [TaskInfo] {
        var tasks = TaskPack.allCases.map { pack in
            do throws(TaskError) {
                _ = try pack.prompts(1, seed: 0, model.tokenizer, prependsBOS: false)
                return TaskInfo(task: pack.rawValue, summary: pack.summary, is_available: true)
            } catch {
                return TaskInfo(task: pack.rawValue, summary: pack.summary, is_available: false, reason: error.description)
            }
        }
        if ownFile.exists {
            tasks.append(
                TaskInfo(
                    task: Self.ownTask, summary: "The prompts that came with the model, in its \(PromptFile.ofModels).",
                    is_available: true))
        }
        return tasks
    }

    /// The prompts of a task, or of a file of one's own.
    ///
    /// - Throws: `task_not_found`, `task_unsuited`, `file_not_found`, `path_refused`, `text_too_long`.
    public func prompts(_ task: String, count: Int, seed: Int, prependsBOS: Bool) throws(APIError) -> [TaskPrompt] {
        let pack = TaskPack(rawValue: task)
        let file =
            task == Self.ownTask && ownFile.exists ? ownFile : task.hasPrefix("/") ? PromptFile(GuardedPath(task, access)) : nil
        if pack == nil, file == nil { throw notFound(task) }
        let found: [TaskPrompt]
        do throws(TaskError) {
            if let pack {
                found = try pack.prompts(count, seed: UInt64(seed), model.tokenizer, prependsBOS: prependsBOS)
            } else if let file {
                found = try file.prompts(count, model.tokenizer, prependsBOS: prependsBOS)
            } else {
                found = []
            }
        } catch {
            throw APIError(error, task: task, model: model.name)
        }
        let n_ctx = model.gpt2.configuration.n_ctx
        if let long = found.first(where: { $0.tokens.count > n_ctx }) {
            throw APIError(
                .textTooLong,
                "a prompt of task '\(task)' has \(long.tokens.count) tokens; '\(model.name)' reads at most \(n_ctx)",
                facts: ["task": .string(task), "tokens": .integer(long.tokens.count), "n_ctx": .integer(n_ctx)])
        }
        return found
    }

    private func notFound(_ task: String) -> APIError {
        let names = list().map(\.task)
        return APIError(
            .taskNotFound,
            "'\(model.name)' has no task '\(task)'; there are \(names.joined(separator: ", ")), and absolute paths of .jsonl files",
            facts: ["task": .string(task), "tasks": .array(names.map { .string($0) })])
    }
}

extension APIError {
    /// The task's error in the wire's terms.
    fileprivate init(_ error: TaskError, task: String, model: String) {
        let facts: JSONObject = ["task": .string(task), "model": .string(model)]
        switch error {
        case .tooFewWords, .malformed, .notOneToken: self.init(.taskUnsuited, error.description, facts: facts)
        case .noBOS: self.init(.tokenizerUnreadable, error.description, facts: facts)
        case .unreadable: self.init(.fileNotFound, error.description, facts: facts)
        case .refused: self.init(.pathRefused, error.description, facts: facts)
        }
    }
}
