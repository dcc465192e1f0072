public import API

/// A prompt's features: by activation a table of tokens for each autoencoder, by logit one table of what adds to it and what it is the sum of.
public struct ExploreReport: Sendable {
    private let result: SAEsExplore.Result

    /// A report.
    public init(_ result: SAEsExplore.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style, width: Int) -> String {
        let prompt = MarkedText(pieces: result.pieces, destination: result.logit?.position ?? -1, source: nil)
        var parts = [prompt.text(style, width: width)]
        if let logit = result.logit {
            parts.append(effects(logit, style))
        } else {
            parts += autoencoders.map { activations($0, style) }
        }
        if let graph = result.graph {
            parts.append(FeatureGraphReport(graph, answer: result.logit?.answer, wrong: result.logit?.wrong).text(style))
        }
        return parts.joined(separator: "\n")
    }

    /// The places of each autoencoder.
    private var autoencoders: [[ExploredPlace]] {
        var found: [[ExploredPlace]] = []
        for place in result.places {
            if found.last?.last?.sae == place.sae { found[found.count - 1].append(place) } else { found.append([place]) }
        }
        return found
    }

    private func activations(_ places: [ExploredPlace], _ style: Style) -> String {
        guard let first = places.first else { return "" }
        var table = Table([.numbers(""), .words("token"), .numbers("active"), .words("features, and where they come from")])
        for place in places {
            let features = place.features.map { feature in
                let source = feature.sources?.first.map { " ← \($0.source_piece.quotedPiece) \($0.share.percent(0))" } ?? ""
                return "\(feature.feature) (\(feature.activation.fixed(2))\(source))"
            }
            table.add([
                Table.Cell("\(place.position)", .dim), Table.Cell(place.piece.quotedPiece, .key),
                Table.Cell("\(place.active_features)"),
                Table.Cell(features.isEmpty ? "–" : features.joined(separator: "  ")),
            ])
        }
        return "\(style.apply(.bold, to: first.sae)), \(first.site.rawValue) of layer \(first.layer)\n"
            + table.text(style, indent: 2)
    }

    private func effects(_ logit: LogitSum, _ style: Style) -> String {
        let less = logit.wrong.map { " less that of \($0.quotedPiece)" } ?? ""
        var text = "\(style.apply(.bold, to: "The logit of \(logit.answer.quotedPiece)\(less)")) is \(logit.total.fixed(3)); "
        text += "by the direct path that is\n"
        var sum = Table([.words(""), .numbers("")])
        for (name, value) in [
            ("attention-output features", logit.attention_features), ("attentions without an autoencoder", logit.attention),
            ("MLPs", logit.mlp), ("the token's embedding", logit.embedding), ("the position's", logit.position_embedding),
            ("what autoencoders leave", logit.error), ("biases", logit.bias),
        ] where value != 0 {
            sum.add([Table.Cell(name), Table.Cell(value.fixed(3, signed: true))])
        }
        text += sum.text(style, indent: 2) + style.apply(.dim, to: "  off by \(logit.identity_residual.scientific)") + "\n\n"
        var table = Table([
            .words("autoencoder"), .words("activation of"), .numbers("all"), .numbers("features"), .numbers("error"),
            .numbers("bias"),
            .words("strongest features, and where they come from"),
        ])
        for place in result.places {
            let features = place.features.map { feature in
                let source = feature.sources?.first.map { " ← \($0.source_piece.quotedPiece) \($0.share.percent(0))" } ?? ""
                return "\(feature.feature) (\((feature.attribution ?? 0).fixed(2, signed: true))\(source))"
            }
            let sums = place.attribution ?? ExploredPlace.Attribution(features: 0, error: 0, bias: 0)
            table.add([
                Table.Cell(place.sae, .bold), Table.Cell("\(place.site.rawValue) of \(place.layer)"),
                Table.Cell((sums.features + sums.error + sums.bias).fixed(2, signed: true)),
                Table.Cell(sums.features.fixed(2, signed: true)), Table.Cell(sums.error.fixed(2, signed: true)),
                Table.Cell(sums.bias.fixed(2, signed: true)), Table.Cell(features.joined(separator: "  ")),
            ])
        }
        return text + table.text(style)
    }
}
