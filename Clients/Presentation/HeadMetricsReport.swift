public import API
private import JSON

/// What every head's pattern looks like on a text.
public struct HeadMetricsReport: Sendable {
    let result: HeadsMetrics.Result

    /// A report.
    public init(_ result: HeadsMetrics.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        var table = Table([
            .words("head"), .numbers("previous"), .numbers("induction"), .numbers("duplicate"), .numbers("self"),
            .numbers("entropy"), .numbers("distance"), .numbers("± sd"), .numbers("to 0"), .numbers("sink rate"),
        ])
        for head in result.heads {
            table.add([
                Table.Cell("\(head.layer).\(head.head)", .bold), Table.share(head.previous_token), Table.share(head.induction),
                Table.share(head.duplicate_token), Table.share(head.self_attention), Table.Cell(head.entropy.fixed(2)),
                Table.Cell(head.distance_mean.fixed(1)), Table.Cell(head.distance_variance.squareRoot().fixed(1), .dim),
                Table.share(head.sink), Table.Cell(head.sink_rate.percent(0)),
            ])
        }
        let sink = "sink: attention to position 0 above \(result.sink_threshold.fixed(2)); "
        return """
            \(style.apply(.bold, to: result.model.printable)) on \(result.text.printable): \
            \(result.contexts.grouped) contexts, \(result.tokens.grouped) tokens

            \(table.text(style))
            \(style.apply(.dim, to: sink + "of heads and contexts \(result.sink_rate.percent()) have one"))

            """
    }
}

/// Everything that is known of every head, side by side.
public struct HeadTableReport: Sendable {
    let result: HeadsTable.Result

    /// A report.
    public init(_ result: HeadsTable.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        var table = Table([
            .words("head"), .numbers("s0"), .numbers("norm"), .numbers("rank90"), .numbers("previous"), .numbers("induction"),
            .numbers("duplicate"), .numbers("self"), .numbers("entropy"), .numbers("distance"), .numbers("to 0"),
            .numbers("retrieval"), .words("queries from"), .words("keys from"), .words("values from"),
        ])
        for head in result.heads {
            table.add([
                Table.Cell("\(head.layer).\(head.head)", .bold), Table.Cell(head.greatest_singular_value.fixed(2)),
                Table.Cell(head.frobenius.fixed(1)), Table.Cell("\(head.rank90)"), Table.share(head.previous_token),
                Table.share(head.induction), Table.share(head.duplicate_token), Table.share(head.self_attention),
                Table.Cell(head.entropy.fixed(2)), Table.Cell(head.distance_mean.fixed(1)), Table.share(head.sink),
                Table.share(head.retrieval), partner(head.q_input), partner(head.k_input), partner(head.v_input),
            ])
        }
        return table.text(style)
    }

    private func partner(_ head: HeadPartner?) -> Table.Cell {
        Table.Cell(head.map { "\($0.layer).\($0.head) \($0.score.fixed(3))" } ?? "–", .dim)
    }
}

extension Table {
    /// A share of attention or of an answer, set off where it is more than a half; `–` for none.
    static func share(_ value: Float?) -> Cell {
        value.map { Cell($0.fixed(3), $0 > 0.5 ? .good : nil) } ?? Cell("–", .dim)
    }
}
