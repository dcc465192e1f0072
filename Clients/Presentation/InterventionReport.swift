public import API

/// What an intervention does: to the loss, to the predictions, to the answers, and beside random pairs.
public struct InterventionReport: Sendable {
    let result: InterventionsRun.Result

    /// A report.
    public init(_ result: InterventionsRun.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let layers = result.layers.map(String.init).joined(separator: ", ")
        let prompts = result.prompts == 1 ? "1 prompt" : "\(result.prompts.grouped) prompts"
        let head =
            "\(result.model), changed in layer\(result.layers.count == 1 ? "" : "s") \(layers): \(prompts), \(result.tokens.grouped) tokens\n"
        return [head, figures(style), control, byPrompt(style)].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func figures(_ style: Style) -> String {
        var table = Table([.words(""), .numbers("model"), .numbers("changed"), .numbers("difference")])
        if let CE = result.CE, let changed = result.CE_changed {
            table.add([
                "loss per token (nats)", Table.Cell(CE.fixed(4)), Table.Cell(changed.fixed(4)), Self.difference(changed - CE, 4),
            ])
        }
        table.add(["KL of predictions (nats)", "", "", Table.Cell(result.KL_logits.fixed(5), .bold)])
        if let own = result.answers, let changed = result.answers_changed {
            table.add([
                "logit difference", Table.Cell(own.logit_difference.fixed(3)), Table.Cell(changed.logit_difference.fixed(3)),
                Self.difference(-(result.drop ?? 0), 3),
            ])
            table.add([
                "answered right", Table.Cell(own.accuracy.percent()), Table.Cell(changed.accuracy.percent()),
                Self.difference((changed.accuracy - own.accuracy) * 100, 1),
            ])
        }
        return table.text(style, indent: 2)
    }

    private static func difference(_ value: Float, _ decimals: Int) -> Table.Cell {
        Table.Cell(value.fixed(decimals, signed: true), .bold)
    }

    private var control: String {
        guard let control = result.control else { return "" }
        var text = "Beside that, \(control.sets):\n"
        if let drop = control.drop, let sd = control.drop_sd {
            text += "  logit difference \((-drop).fixed(3, signed: true)) ± \(sd.fixed(3))\n"
        }
        if let CE = control.CE_difference, let sd = control.CE_difference_sd {
            text += "  loss per token \(CE.fixed(4, signed: true)) ± \(sd.fixed(4)) nats\n"
        }
        if let KL = control.KL_logits { text += "  KL of predictions \(KL.fixed(5)) nats\n" }
        return text
    }

    private func byPrompt(_ style: Style) -> String {
        guard let prompts = result.by_prompt, !prompts.isEmpty else { return "" }
        var table = Table([.numbers("model"), .numbers("changed"), .words("answer"), .words("prompt")])
        for prompt in prompts {
            table.add([
                Table.Cell(prompt.logit_difference.fixed(2)), Table.Cell(prompt.logit_difference_changed.fixed(2), .bold),
                Table.Cell(prompt.answer.visiblePiece), Table.Cell(prompt.text.visiblePiece, .dim),
            ])
        }
        return table.text(style)
    }
}

extension ControlFigures {
    /// What was drawn, in words.
    var sets: String {
        let pairs = self.pairs == 1 ? "1 random pair" : "\(self.pairs) random pairs"
        return "\(draws) draw\(draws == 1 ? "" : "s") of \(pairs) (strength \(strength.fixed(3)) for \(strength_chosen.fixed(3)))"
    }
}
