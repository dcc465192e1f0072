public import API

/// One look, and the singular vectors that make it.
public struct SignalReport: Sendable {
    let result: SignalsLook.Result

    /// A report.
    public init(_ result: SignalsLook.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style, width: Int) -> String {
        let prompt = MarkedText(pieces: result.pieces, destination: result.destination, source: result.source)
        let head = style.apply(.bold, to: "head \(result.layer).\(result.head)")
        let destination = style.apply(.query, to: result.pieces[result.destination].quotedPiece)
        let source = style.apply(.key, to: result.pieces[result.source].quotedPiece)
        let verdict = result.fires ? "a look" : style.apply(.bad, to: "no look")
        return """
            \(prompt.text(style, width: width))
            \(head) at \(destination) (position \(result.destination)) looks at \(source) (position \(result.source)): pattern \
            \(result.pattern.fixed(2)), score \(result.attn_score.fixed(2)); \(verdict) by \(result.mode.rawValue).
            \(style.apply(.dim, to: "(\(result.model))"))

            \(result.sides.map { side($0, style) }.joined(separator: "\n"))
            """
    }

    private func side(_ side: LookSideReport, _ style: Style) -> String {
        let drops = side.terms.contains { $0.attention_drop != nil }
        var table = Table(
            [
                .numbers("k"), .numbers("s"), .numbers("destination"), .numbers("source"), .numbers("term"),
                .numbers("ranked by"),
                .words(""),
            ] + (drops ? [.numbers("attention falls by")] : []))
        for term in side.terms {
            let row = [
                Table.Cell("\(term.k)", .bold), Table.Cell(term.s.fixed(3)),
                Table.Cell(term.destination_projection.fixed(3, signed: true)),
                Table.Cell(term.source_projection.fixed(3, signed: true)), Table.Cell(term.contribution.fixed(3, signed: true)),
                Table.Cell(term.ranking.fixed(3, signed: true)),
                term.kept ? Table.Cell("kept", .good) : Table.Cell("left", .dim),
            ]
            table.add(row + (drops ? [Table.Cell(term.attention_drop?.fixed(3, signed: true) ?? "–")] : []))
        }
        let ends = side.side.map { "\($0.rawValue), " } ?? ""
        return """
            \(style.apply(.bold, to: "\(ends)\(side.form.rawValue) map")): \(side.kept) \(side.kept == 1 ? "term" : "terms") of \(result.attn_scale.fixed(4)) × \
            (\(side.total.fixed(3)) in all, \(side.kept_sum.fixed(3)) kept, biases \(side.bias_part.fixed(3))), off by \
            \(side.residual.scientific)
            \(table.text(style, indent: 2))
            """
    }
}
