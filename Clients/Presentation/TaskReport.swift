public import API

/// How well a model does a task.
public struct TaskReport: Sendable {
    let result: TasksRun.Result

    /// A report.
    public init(_ result: TasksRun.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let answers = result.answers
        let accuracy = style.apply(.bold, to: answers.accuracy.percent())
        let difference = style.apply(.bold, to: answers.logit_difference.fixed(3))
        let prompts = result.prompts == 1 ? "1 prompt" : "\(result.prompts.grouped) prompts"
        var text = """
            \(result.model), \(result.task): \(prompts), \(accuracy) answered right, \
            logit difference \(difference) ± \(answers.logit_difference_sd.fixed(3))

            """
        if let prompts = result.by_prompt {
            var table = Table([.numbers("logit difference"), .words("answer"), .words("not"), .words("prompt")])
            for prompt in prompts {
                table.add([
                    Table.Cell(prompt.logit_difference.fixed(2), prompt.logit_difference > 0 ? .good : .bad),
                    Table.Cell(prompt.answer.visiblePiece), Table.Cell(prompt.wrong.map(\.visiblePiece).joined(separator: " ")),
                    Table.Cell(prompt.text.visiblePiece, .dim),
                ])
            }
            text += "\n" + table.text(style)
        }
        return text
    }
}
