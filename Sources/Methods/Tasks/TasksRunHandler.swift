import API
import Artifacts
import Attribution
import Tasks

/// `tasks.run`.
struct TasksRunHandler: MethodHandler {
    typealias M = TasksRun
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        let access = rights.access(of: call)
        let prompts = try await compute.run {
            try TaskPrompts(model: model, access: access).prompts(
                params.task, count: params.count, seed: params.seed, prependsBOS: params.prepend_bos)
        }
        let trials = Trials(model: model, compute: compute, questions: prompts.map(\.question))
        let answers = try await trials.answers()
        guard let figures = AnswerFigures(answers) else { throw APIError(.textEmpty, "task '\(params.task)' has no prompts") }
        let shown = params.include_prompts ? zip(prompts, answers).compactMap { TaskAnswer($0, $1) } : nil
        return M.Result(model: model.name, task: params.task, prompts: prompts.count, answers: figures, by_prompt: shown)
    }
}

extension TaskAnswer {
    /// A prompt with its logits; nil if none were asked for.
    fileprivate init?(_ prompt: TaskPrompt, _ logits: AnswerLogits?) {
        guard let logits else { return nil }
        var positions: [String: Int] = [:]
        for place in prompt.places { positions[place.name] = place.position }
        self.init(
            text: prompt.text, tokens: prompt.tokens.map(Int.init), answer: prompt.answer.text, wrong: prompt.wrong.map(\.text),
            positions: positions, counterpart: prompt.counterpart?.text, counterpart_answer: prompt.counterpart?.answer,
            logit: logits.right, logits_wrong: logits.wrong, logit_difference: Float(logits.difference))
    }
}
