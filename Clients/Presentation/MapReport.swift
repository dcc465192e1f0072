public import API

/// A map in numbers.
///
/// 1. How few entries there are, by every denominator. 2. What makes each head look at position 0. 3. How well each head's pattern is
/// rebuilt.
public struct MapReport: Sendable {
    let result: MapsReport.Result

    /// A report.
    public init(_ result: MapsReport.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        """
        map \(style.apply(.bold, to: result.map)) of \(result.dictionary) (\(result.model), layer \(result.layer)), measured on \
        \(result.tokens.grouped) tokens of \(result.corpus) (\(result.contexts.grouped) contexts)

        \(sparsity(style))
        \(sink(style))
        \(reconstruction(style))
        """
    }

    private func sparsity(_ style: Style) -> String {
        let figures = result.sparsity
        var table = Table([
            .words("kept"), .numbers(""), .numbers("of all"), .numbers("of live"), .numbers("of co-active"),
        ])
        for (name, shares) in [("entries (pair × head)", figures.entries), ("pairs", figures.pairs)] {
            table.add([
                Table.Cell(name), Table.Cell(shares.count.grouped, .bold), Table.Cell(shares.of_all.percent(3)),
                Table.Cell(shares.of_live.percent(2)), Table.Cell(shares.of_co_active.percent(2)),
            ])
            table.add([
                Table.Cell("  of", .dim), "", Table.Cell(shares.all.grouped, .dim), Table.Cell(shares.live.grouped, .dim),
                Table.Cell(shares.co_active.grouped, .dim),
            ])
        }
        let heads = figures.pairs_by_heads.enumerated().filter { $0.element > 0 }.map {
            "\($0.offset + 1): \($0.element.grouped)"
        }
        return table.text(style) + """
            beside them \(figures.beta_entries.grouped) entries (key feature × head) of the query bias
            features without any entry: \(figures.query_features_without_entries.grouped) query, \
            \(figures.key_features_without_entries.grouped) key; pairs by their number of heads: \(heads.joined(separator: ", "))

            """
    }

    private func sink(_ style: Style) -> String {
        let report = result.sink
        var table = Table([
            .words("head"), .numbers("attention to 0"), .numbers("of the map"), .numbers("sink rate"), .numbers("= uniform"),
            .numbers("+ query bias"), .numbers("+ dense"), .numbers("+ other pairs"), .numbers("+ error"),
        ])
        for head in report.heads {
            table.add([
                Table.Cell("\(result.layer).\(head.head)"), Table.Cell(head.mass.fixed(3), .bold),
                Table.Cell(head.mass_masked_map.fixed(3)), Table.Cell(head.sink_rate.percent(0)),
                Table.Cell(head.uniform.fixed(3), .dim), Table.Cell(head.query_bias.fixed(3, signed: true)),
                Table.Cell(head.dense_features.fixed(3, signed: true)), Table.Cell(head.other_features.fixed(3, signed: true)),
                Table.Cell(head.error.fixed(3, signed: true)),
            ])
        }
        let greatest = report.heads.map(\.residual.magnitude).max() ?? 0
        // What shows in three decimals is not rounding any more.
        let verdict = greatest < 1e-3 ? "" : style.apply(.bad, to: " Too much: do not trust the parts.")
        return """
            Attention to position 0, by what causes it (sink: above \(report.threshold.fixed(2)); rate over heads and contexts \
            \(report.sink_rate.percent()); dense: \(report.dense_query_features.grouped) query features active on more than \
            \(report.dense_density.percent(0)) of tokens):
            \(table.text(style, indent: 2))  the parts sum to the attention but for at most \(greatest.scientific).\(verdict)

            """
    }

    private func reconstruction(_ style: Style) -> String {
        var stages = Table([.words("patterns from"), .numbers("CE"), .numbers("CE recovered"), .numbers("KL of logits")])
        for stage in result.stages {
            let recovered = stage.CE_recovered_is_defined ? stage.CE_recovered.map { $0.percent(2) } : nil
            stages.add([
                Table.Cell(stage.stage.words), Table.Cell(stage.CE?.fixed(4) ?? "–"),
                recovered.map { Table.Cell($0, .bold) } ?? Table.Cell("undefined", .dim), Table.Cell(stage.KL_logits.fixed(5)),
            ])
        }
        var heads = Table([
            .words("head"), .numbers("KL"), .numbers("(dictionaries)"), .numbers("same strongest source"),
            .numbers("(dictionaries)"), .numbers("unexplained"),
        ])
        guard let masked = result.stages.last, let dictionaries = result.stages.first else { return stages.text(style) }
        for (own, best) in zip(masked.heads, dictionaries.heads) {
            heads.add([
                Table.Cell("\(result.layer).\(own.head)"), Table.Cell(own.KL.fixed(4), .bold), Table.Cell(best.KL.fixed(4), .dim),
                Table.Cell(own.same_argmax.percent()), Table.Cell(best.same_argmax.percent(), .dim),
                Table.Cell(own.unexplained?.percent() ?? "–"),
            ])
        }
        return "Patterns rebuilt:\n" + stages.text(style, indent: 2) + "\n" + heads.text(style, indent: 2)
    }
}
