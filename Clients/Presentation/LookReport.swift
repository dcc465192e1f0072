public import API

/// A look taken apart by features of the residual stream, in tables; of several heads, one line for each.
public struct LookReport: Sendable {
    private let result: SAEsExplainLook.Result

    /// A report.
    public init(_ result: SAEsExplainLook.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style, width: Int) -> String {
        guard result.heads.count == 1, let head = result.heads.first else { return survey(style, width: width) }
        let prompt = MarkedText(pieces: result.pieces, destination: result.destination, source: head.source)
        return [
            prompt.text(style, width: width), headline(head, style), pairs(head, style), parts(head, style), remarks(head, style),
        ]
        .joined(separator: "\n")
    }

    private func survey(_ style: Style, width: Int) -> String {
        var table = Table([
            .words("head"), .words("looks at"), .numbers("position"), .numbers("pattern"), .numbers("score"),
            .words("strongest pair"), .numbers("adds"), .numbers("biases"), .numbers("error"),
        ])
        for head in result.heads {
            let pair = head.pairs.first
            table.add([
                Table.Cell("\(result.layer).\(head.head)", .bold), Table.Cell(head.source_piece.quotedPiece, .key),
                Table.Cell("\(head.source)"), Table.Cell(head.pattern.fixed(2)), Table.Cell(head.attn_score.fixed(2)),
                Table.Cell(pair.map { "\($0.query_feature) × \($0.key_feature)" } ?? "–"),
                Table.Cell(pair.map { $0.contribution.fixed(2, signed: true) } ?? "–"), Table.Cell(head.bias_share.percent(0)),
                Table.Cell(head.error_share.percent(0)),
            ])
        }
        let prompt = MarkedText(pieces: result.pieces, destination: result.destination, source: nil)
        let destination = style.apply(.query, to: result.destination_piece.quotedPiece)
        return """
            \(prompt.text(style, width: width))
            Where the heads of layer \(result.layer) look from \(destination) (position \(result.destination)), by the features of \(result.sae):

            \(table.text(style, indent: 2))
            """
    }

    private func headline(_ look: LookExplanation, _ style: Style) -> String {
        let head = style.apply(.bold, to: "head \(result.layer).\(look.head)")
        let destination = style.apply(.query, to: result.destination_piece.quotedPiece)
        let source = style.apply(.key, to: look.source_piece.quotedPiece)
        return """
            \(head) at \(destination) (position \(result.destination)) looks at \(source) (position \(look.source)): \
            pattern \(look.pattern.fixed(2)), score \(look.attn_score.fixed(2)).
            \(style.apply(.dim, to: "(\(result.model), features of the residual stream: \(result.sae))"))

            """
    }

    private func pairs(_ look: LookExplanation, _ style: Style) -> String {
        guard !look.pairs.isEmpty else { return "No pair of features is active here.\n" }
        var table = Table([
            .numbers("here"), .numbers("there"), .numbers("adds"), .numbers("share"), .numbers("effect on pattern"),
        ])
        for pair in look.pairs {
            table.add([
                Table.Cell("\(pair.query_feature)", .query), Table.Cell("\(pair.key_feature)", .key),
                Table.Cell(pair.contribution.fixed(2, signed: true), .bold), Table.Cell(pair.share.percent()),
                Table.Cell(pair.pattern_effect.fixed(3, signed: true)),
            ])
        }
        let sum = look.feature_pairs_sum.fixed(2, signed: true)
        return "\(look.feature_pairs.grouped) feature pairs are active; together they add \(sum). The strongest:\n"
            + table.text(style, indent: 2)
    }

    private func parts(_ look: LookExplanation, _ style: Style) -> String {
        let terms = LookPart.Term.allCases
        var table = Table([
            .words("query side"), .numbers("key: features"), .numbers("b_dec"), .numbers("error"), .numbers("b_K"),
        ])
        for (query, name) in zip(terms, ["features", "b_dec", "error", "b_Q"]) {
            let row = terms.map { key in
                look.parts.first { $0.query == query && $0.key == key }.map { part in
                    Table.Cell(
                        part.value.fixed(2, signed: true) + (part.is_softmax_irrelevant ? "*" : " "),
                        part.is_softmax_irrelevant ? .dim : nil)
                } ?? Table.Cell("–")
            }
            table.add([Table.Cell(name)] + row)
        }
        return "The score, by what it is made of:\n" + table.text(style, indent: 2)
            + style.apply(.dim, to: "  * the same for every source, so the softmax removes it\n")
    }

    private func remarks(_ look: LookExplanation, _ style: Style) -> String {
        let sum = "\(look.attn_score.fixed(2)), off by \(look.identity_residual.scientific)"
        // Float32 over a few hundred terms of order one stays well below this.
        let isExact = look.identity_residual.magnitude <= 1e-3 * max(1, look.attn_score.magnitude)
        let verdict = isExact ? "" : style.apply(.bad, to: " More than rounding explains: do not trust these numbers.")
        return """
            \(look.bias_share.percent()) of the parts' magnitude has a bias in it, \(look.error_share.percent()) is error: what the \
            autoencoder leaves.
            The sixteen parts sum to the model's own score \(sum).\(verdict)

            """
    }
}
