public import API

/// What changing features of sparse autoencoders does to the logits and to the answers.
public struct FeatureInterventionReport: Sendable {
    private let result: InterventionsFeatures.Result

    /// A report.
    public init(_ result: InterventionsFeatures.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let prompts = result.prompts == 1 ? "1 prompt" : "\(result.prompts.grouped) prompts"
        let layers = result.layers.map(String.init).joined(separator: ", ")
        var text =
            "\(result.model), \(result.layers.count == 1 ? "layer" : "layers") \(layers): \(prompts), changed in "
            + "\(result.changed.grouped); KL of the predictions \(result.KL_logits.scientific) nats\n\n"
        text += edits(style)
        if let answers = result.answers, let changed = result.answers_changed, let drop = result.drop {
            text += "\n" + self.answers(answers, changed, drop, style)
        }
        let rows = [("raised", result.raised), ("lowered", result.lowered), ("asked for", result.logits ?? [])]
        for (title, logits) in rows where !logits.isEmpty { text += "\n" + self.logits(title, logits, style) }
        return text + byPrompt(style)
    }

    private func edits(_ style: Style) -> String {
        var table = Table([
            .words("sae"), .numbers("layer"), .numbers("feature"), .numbers("active at"), .numbers("activation"),
            .numbers("changed at"), .numbers("prompts"),
        ])
        for edit in result.edits {
            table.add([
                Table.Cell(edit.sae), Table.Cell("\(edit.layer)"), Table.Cell("\(edit.feature)", .bold),
                Table.Cell(edit.active.grouped), Table.Cell(edit.activation.fixed(2)), Table.Cell(edit.changed.grouped),
                Table.Cell(edit.prompts.grouped),
            ])
        }
        return table.text(style, indent: 2)
    }

    private func answers(_ own: AnswerFigures, _ changed: AnswerFigures, _ drop: Float, _ style: Style) -> String {
        var table = Table([.words(""), .numbers("model"), .numbers("changed"), .numbers("difference")])
        table.add([
            "logit difference", Table.Cell(own.logit_difference.fixed(3)), Table.Cell(changed.logit_difference.fixed(3), .bold),
            Table.Cell((-drop).fixed(3, signed: true), .bold),
        ])
        table.add(["accuracy", Table.Cell(own.accuracy.percent()), Table.Cell(changed.accuracy.percent(), .bold), ""])
        return table.text(style, indent: 2)
    }

    private func logits(_ title: String, _ logits: [LogitChange], _ style: Style) -> String {
        var table = Table([.words(title), .numbers("model"), .numbers("changed"), .numbers("difference")])
        for logit in logits {
            table.add([
                Table.Cell(logit.piece.quotedPiece), Table.Cell(logit.logit.fixed(3)), Table.Cell(logit.logit_changed.fixed(3)),
                Table.Cell((logit.logit_changed - logit.logit).fixed(3, signed: true), .bold),
            ])
        }
        return table.text(style, indent: 2)
    }

    private func byPrompt(_ style: Style) -> String {
        guard let prompts = result.by_prompt, !prompts.isEmpty else { return "" }
        var table = Table([.numbers("logits"), .numbers("changed"), .words("answer"), .words("prompt")])
        for prompt in prompts {
            table.add([
                Table.Cell(prompt.logit_difference.fixed(2)), Table.Cell(prompt.logit_difference_changed.fixed(2), .bold),
                Table.Cell(prompt.answer.quotedPiece), Table.Cell(prompt.text.visiblePiece, .dim),
            ])
        }
        return "\n" + table.text(style)
    }
}
