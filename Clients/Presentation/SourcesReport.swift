public import API

/// Attention-output features at a token: their heads, their sources, one hop further, and what they do to the logits.
public struct SourcesReport: Sendable {
    private let result: SAEsAttribute.Result

    /// A report.
    public init(_ result: SAEsAttribute.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style, width: Int) -> String {
        let prompt = MarkedText(pieces: result.pieces, destination: result.destination, source: nil)
        let destination = style.apply(.query, to: result.destination_piece.quotedPiece)
        let title = """
            \(result.active_features.grouped) features of \(result.sae) (layer \(result.layer)) are active at \(destination) \
            (position \(result.destination)).

            """
        return ([prompt.text(style, width: width) + "\n" + title] + result.features.map { feature($0, style) })
            .joined(separator: "\n")
    }

    private func feature(_ feature: SourceFeature, _ style: Style) -> String {
        let heads = feature.head_shares.enumerated().sorted { $0.element > $1.element }.prefix(3).map {
            "\(result.layer).\($0.offset) \($0.element.percent(0))"
        }
        var lines = [
            "\(style.apply(.bold, to: "feature \(feature.feature)")): activation \(feature.activation.fixed(2)), written by "
                + heads.joined(separator: ", ") + "\n"
        ]
        var table = Table([.words("source"), .numbers("position"), .numbers("adds"), .words("mostly through")])
        for source in feature.sources {
            let head = source.heads.indices.max { source.heads[$0].magnitude < source.heads[$1].magnitude }
            table.add([
                Table.Cell(source.source_piece.quotedPiece, .key), Table.Cell("\(source.source)"),
                Table.Cell(source.contribution.fixed(3, signed: true), .bold),
                Table.Cell(head.map { "\(result.layer).\($0) \(source.heads[$0].fixed(3, signed: true))" } ?? "–"),
            ])
        }
        lines.append(table.text(style, indent: 2))
        lines.append(
            "  all sources \(feature.sources_sum.fixed(3, signed: true)), constant \(feature.constant.fixed(3, signed: true)): "
                + "the pre-activation \(feature.pre_activation.fixed(3)), off by \(feature.identity_residual.scientific)\n")
        if let hop = feature.hop { lines.append(self.hop(hop, style)) }
        if let raised = feature.raised, let lowered = feature.lowered {
            lines.append("  raises \(tokens(raised)); lowers \(tokens(lowered))\n")
        }
        return lines.joined()
    }

    private func hop(_ hop: SourceFeature.Hop, _ style: Style) -> String {
        let piece = style.apply(.key, to: result.pieces[hop.source].quotedPiece)
        var table = Table([.numbers("residual feature"), .numbers("activation"), .numbers("adds"), .numbers("as published")])
        for feature in hop.features {
            table.add([
                Table.Cell("\(feature.feature)", .key), Table.Cell(feature.activation.fixed(2)),
                Table.Cell(feature.contribution.fixed(3, signed: true), .bold),
                Table.Cell(feature.published.fixed(2, signed: true)),
            ])
        }
        let rest = [("b_dec", hop.b_dec), ("error", hop.error), ("b_V", hop.b_V)].map { "\($0) \($1.fixed(3, signed: true))" }
        return "  At \(piece) (position \(hop.source)), by \(result.residual_sae ?? ""): features "
            + "\(hop.features_sum.fixed(3, signed: true)), \(rest.joined(separator: ", "))\n" + table.text(style, indent: 4)
    }

    private func tokens(_ logits: [SourceFeature.Logit]) -> String {
        logits.map { "\($0.piece.quotedPiece) \($0.value.fixed(2, signed: true))" }.joined(separator: ", ")
    }
}
