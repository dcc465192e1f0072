import API
import Artifacts
import Tasks
import Tensors

/// The prompts that a call wants traced, or its signals changed in.
enum TracedPrompts {
    /// The prompts of a call.
    ///
    /// - Parameters:
    ///   - params: Text or tokens, if it gives them.
    ///   - prompts: Prompts, if it gives those.
    ///   - task: A task, if it names one, with how many of its prompts and which.
    ///   - model: The model that reads them.
    ///   - access: Where a file that the caller names may lie.
    /// - Throws: What ``PreparedPrompt``, ``TaskPrompts`` and ``TracedPrompt`` throw, `text_too_long` for more than a trace reads.
    static func list(
        _ params: (any PromptParams)?, prompts: [CausalPrompt]?, task: (name: String, count: Int, seed: Int)?, prependsBOS: Bool,
        _ model: LoadedModel, _ access: FileAccess
    ) throws -> [TracedPrompt] {
        let hasText = params?.text != nil || params?.tokens != nil
        guard [hasText, prompts != nil, task != nil].count(where: { $0 }) == 1 else {
            let texts = params == nil ? "" : "'text', 'tokens', "
            throw ParameterError("task", "give exactly one of \(texts)'prompts' and 'task'")
        }
        let found: [TracedPrompt]
        if let prompts {
            found = try prompts.enumerated().map {
                try TracedPrompt($1, number: $0, model: model, prependsBOS: prependsBOS)
            }
        } else if let task {
            found = try TaskPrompts(model: model, access: access).prompts(
                task.name, count: task.count, seed: task.seed, prependsBOS: prependsBOS
            ).map { TracedPrompt($0) }
        } else if let params {
            found = [TracedPrompt(text: params.text ?? "", tokens: try PreparedPrompt(params, model: model).tokens)]
        } else {
            found = []
        }
        for prompt in found { try PromptTracer.check(prompt) }
        return found
    }

    /// Refuses roots of heads that the model has not.
    ///
    /// - Throws: `layer_out_of_range`, `head_out_of_range`.
    static func check(_ roots: [TraceRoot], _ model: LoadedModel) throws {
        for root in roots {
            try model.check(layer: root.layer)
            try model.check(head: root.head)
        }
    }
}
