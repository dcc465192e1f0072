public import API

/// What scaling a signal does to the look that reads it and to the answers, beside directions that are not the signal's.
public struct SignalInterventionReport: Sendable {
    private let result: InterventionsSignal.Result

    /// A report.
    public init(_ result: InterventionsSignal.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let prompts = result.prompts == 1 ? "1 prompt" : "\(result.prompts.grouped) prompts"
        var text = "\(result.model), \(result.mode.rawValue): \(prompts), the head looks there in \(result.changed.grouped)\n"
        guard result.changed > 0 else { return text }
        text +=
            "  signal of \(result.terms.fixed(1)) singular vectors; upstream outputs keep a cosine of \(result.cosine.fixed(3)) and "
            + "\(result.norm_ratio.percent()) of their length\n"
        var table = Table([.words(""), .numbers("model"), .numbers("changed"), .numbers("control")])
        let effect = result.effect, control = result.control
        func cell(_ value: Float?) -> Table.Cell { Table.Cell(value.map { $0.fixed(3, signed: true) } ?? "") }
        table.add([
            "attention", Table.Cell(effect.attention.percent()), Table.Cell(effect.attention_changed.percent(), .bold),
            Table.Cell(control.map { $0.attention_changed.percent() } ?? ""),
        ])
        table.add(["score", "", cell(effect.attn_score_change), cell(control?.attn_score_change)])
        if let answers = result.answers, let drop = effect.drop {
            table.add([
                "logit difference", Table.Cell(answers.logit_difference.fixed(3)), cell(-drop), cell(control?.drop.map { -$0 }),
            ])
        }
        text += table.text(style, indent: 2)
        return text + byPrompt(style)
    }

    private func byPrompt(_ style: Style) -> String {
        guard let prompts = result.by_prompt, !prompts.isEmpty else { return "" }
        var table = Table([
            .numbers("attention"), .numbers("changed"), .numbers("logits"), .numbers("changed"), .words("prompt"),
        ])
        for prompt in prompts {
            table.add([
                Table.Cell(prompt.attention.percent()), Table.Cell(prompt.attention_changed.map { $0.percent() } ?? "–", .bold),
                Table.Cell(prompt.logit_difference?.fixed(2) ?? ""),
                Table.Cell(prompt.logit_difference_changed?.fixed(2) ?? "", .bold), Table.Cell(prompt.text.visiblePiece, .dim),
            ])
        }
        return "\n" + table.text(style)
    }
}
