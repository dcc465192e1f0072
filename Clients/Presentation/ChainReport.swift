public import API

/// Why heads looked and what they carried: each look with the pairs that make it, and what each of them carries to the features.
public struct ChainReport: Sendable {
    private let result: SAEsChain.Result

    /// A report.
    public init(_ result: SAEsChain.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style, width: Int) -> String {
        let source = result.looks.count == 1 ? result.looks[0].source : nil
        let prompt = MarkedText(pieces: result.pieces, destination: result.destination, source: source)
        let how = result.share == .score ? "by what the score is made of" : "by what moves the pattern"
        let title = style.apply(.dim, to: "(\(result.model), pairs of \(result.map), features of \(result.sae), shares \(how))")
        return ([prompt.text(style, width: width) + "\n" + title + "\n"] + result.looks.map { look($0, style) })
            .joined(separator: "\n")
    }

    private func look(_ look: ChainLook, _ style: Style) -> String {
        let head = style.apply(.bold, to: "\(result.layer).\(look.head)")
        let destination = style.apply(.query, to: result.destination_piece.quotedPiece)
        let source = style.apply(.key, to: look.source_piece.quotedPiece)
        var text = "\(head) at \(destination) (\(result.destination)) looks at \(source) (\(look.source)): pattern "
        text += "\(look.pattern.fixed(2)), score \(look.attn_score.fixed(2)), \(look.surviving_pairs.grouped) surviving pairs\n"
        guard !look.features.isEmpty else { return text + "  no feature is active here\n" }
        var table = Table(
            [.words("pair"), .numbers("adds"), .numbers("share")] + look.features.map { .numbers("to \($0.feature)") })
        for (number, pair) in look.pairs.enumerated() {
            table.add(
                [
                    Table.Cell("\(pair.query_feature) × \(pair.key_feature)", .bold),
                    Table.Cell(pair.contribution.fixed(2, signed: true)), Table.Cell(pair.share.percent()),
                ] + look.features.map { Table.Cell($0.by_pairs[number].fixed(3, signed: true)) })
        }
        for (name, share) in others(look) where share != 0 {
            table.add(
                [Table.Cell(name, .dim), Table.Cell(""), Table.Cell(share.percent())]
                    + look.features.map { Table.Cell((share * $0.carried).fixed(3, signed: true)) })
        }
        table.add(
            [Table.Cell("the look", .bold), Table.Cell(""), Table.Cell("")]
                + look.features.map { Table.Cell($0.carried.fixed(3, signed: true), .bold) })
        table.add(
            [Table.Cell("pre-activation", .dim), Table.Cell(""), Table.Cell("")]
                + look.features.map { Table.Cell($0.pre_activation.fixed(3), .dim) })
        return text + table.text(style, indent: 2)
    }

    /// What carries the rest: with the pairs that are told, all of the attention.
    private func others(_ look: ChainLook) -> [(name: String, share: Float)] {
        let told = look.pairs.reduce(0) { $0 + $1.share }, s = look.shares
        // Shares by the score sum to what is left where parts speak for and against.
        let cancelled = result.share == .score ? 1 - (s.surviving + s.cut + s.bias + s.error) : 0
        return [
            ("other surviving pairs", look.shares.surviving - told), ("pairs that are cut", look.shares.cut),
            ("biases", look.shares.bias), ("error", look.shares.error), ("pairs at other sources", look.shares.elsewhere),
            ("no score needed", look.shares.uniform), ("what cancels out", cancelled),
        ]
    }
}
