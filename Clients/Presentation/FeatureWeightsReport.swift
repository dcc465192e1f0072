public import API

/// What a feature's weights say of it.
public struct FeatureWeightsReport: Sendable {
    let feature: FeatureWeights
    let side: FeatureSide

    /// A feature of a side.
    public init(_ feature: FeatureWeights, _ side: FeatureSide) { (self.feature, self.side) = (feature, side) }

    /// The widest bar.
    private static let barWidth = 24

    /// The norms, head by head, and the tokens.
    public func text(_ style: Style) -> String {
        let emphasis: Style.Emphasis = side == .query ? .query : .key
        let threshold = feature.threshold.map { ", threshold \($0.fixed(3))" } ?? ""
        var text = style.apply(emphasis, to: "\(side == .query ? "q" : "k")\(feature.feature)")
        text += "  encoder \(feature.encoder_norm.fixed(2)), b_enc \(feature.b_enc.fixed(3))\(threshold), "
        text += "decoder \(feature.decoder_norm.fixed(2))\n"
        text += heads.text(style, indent: 2)
        return text + tokens.text(style, indent: 2)
    }

    /// How much of the decoder each head gets.
    private var heads: Table {
        var table = Table([.words(""), .numbers("norm"), .words("")])
        let greatest = feature.head_norms.max() ?? 0
        for (head, norm) in feature.head_norms.enumerated() {
            let bar = greatest > 0 ? Int((norm / greatest * Float(Self.barWidth)).rounded()) : 0
            table.add([
                Table.Cell("writes to head \(head)", .dim), Table.Cell(norm.fixed(3)),
                Table.Cell(String(repeating: "█", count: bar)),
            ])
        }
        return table
    }

    private var tokens: Table {
        let other = side == .query ? "keys" : "queries", head = feature.attracts.head
        var table = Table([.words(""), .words("")])
        for (title, values) in [
            ("raised by", feature.raised), ("lowered by", feature.lowered),
            ("raises \(other) of head \(head)", feature.attracts.raised),
            ("lowers \(other) of head \(head)", feature.attracts.lowered), ("promotes", feature.promotes),
            ("demotes", feature.demotes),
        ] {
            let words = values.map { "\($0.piece.visiblePiece) \($0.value.fixed(2, signed: true))" }
            table.add([Table.Cell(title, .dim), Table.Cell(words.joined(separator: ", "))])
        }
        return table
    }
}
