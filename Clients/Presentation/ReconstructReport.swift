public import API

/// How much of a layer's patterns the features account for.
public struct ReconstructReport: Sendable {
    let result: AttentionReconstruct.Result

    /// A report.
    public init(_ result: AttentionReconstruct.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let map = result.map.map { ", map \($0)" } ?? ""
        var text =
            "\(result.model), layer \(result.layer), dictionary \(result.dictionary)\(map): \(result.tokens.count) tokens\n"
        text += "active features per token (L0): query \(result.L0_query.fixed(1)), key \(result.L0_key.fixed(1))\n"
        if let CE = result.CE, let CE_zero = result.CE_zero {
            text += "loss per token: \(CE.fixed(4)) nats with the model's own patterns, \(CE_zero.fixed(4)) with them zeroed\n"
        } else {
            text += "a text of one token has no loss\n"
        }
        return text + "\n" + stages(style) + undefined + "\n" + heads(style)
    }

    private func stages(_ style: Style) -> String {
        var table = Table([.words("patterns from"), .numbers("CE"), .numbers("CE recovered"), .numbers("KL of logits")])
        for stage in result.stages {
            let recovered = stage.CE_recovered_is_defined ? stage.CE_recovered.map { Table.Cell($0.percent(2), .bold) } : nil
            table.add([
                Table.Cell(stage.stage.words), Table.Cell(stage.CE?.fixed(4) ?? "–"), recovered ?? Table.Cell("undefined", .dim),
                Table.Cell(stage.KL_logits.fixed(5)),
            ])
        }
        return table.text(style)
    }

    /// Why the recovered share is no number, where it is none.
    private var undefined: String {
        guard let stage = result.stages.first(where: { !$0.CE_recovered_is_defined }) else { return "" }
        guard let denominator = stage.CE_recovered_denominator else { return "" }
        return """
            CE recovered is undefined here: zeroing the patterns changes the loss by only \(denominator.fixed(4, signed: true)) nats, and a
            share of that is noise. Read the KL instead.

            """
    }

    private func heads(_ style: Style) -> String {
        var table = Table([
            .words("head"), .words("patterns from"), .numbers("KL"), .numbers("largest difference"),
            .numbers("same strongest source"),
            .numbers("unexplained"),
        ])
        let heads = result.stages.first?.heads.map(\.head) ?? []
        for head in heads {
            for stage in result.stages {
                guard let figures = stage.heads.first(where: { $0.head == head }) else { continue }
                table.add([
                    Table.Cell("\(result.layer).\(head)"), Table.Cell(stage.stage.words), Table.Cell(figures.KL.fixed(4)),
                    Table.Cell(figures.max_difference.fixed(3)), Table.Cell(figures.same_argmax.percent()),
                    Table.Cell(figures.unexplained?.percent() ?? "–"),
                ])
            }
        }
        return table.text(style)
    }
}

extension ReconstructionStage.Name {
    /// The stage in words.
    var words: String {
        switch self {
        case .transcoders: "dictionaries"
        case .map: "all pairs"
        case .masked_map: "kept pairs"
        }
    }
}
