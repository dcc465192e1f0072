public import API

/// What heads do for a task, and through which pairs: each head's removals, then its pairs, alone and together.
public struct RankReport: Sendable {
    let result: InterventionsRank.Result

    /// A report.
    public init(_ result: InterventionsRank.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let answers = result.answers
        let head = """
            \(result.model), layer \(result.layer), map \(result.map) of \(result.dictionary): \(result.prompts.grouped) prompts, \
            \(answers.accuracy.percent()) answered right,
            logit difference \(answers.logit_difference.fixed(3)) ± \(answers.logit_difference_sd.fixed(3))

            """
        return ([head] + result.heads.map { removals($0, style) + pairs($0, style) }).joined(separator: "\n")
    }

    private func removals(_ head: HeadRanking, _ style: Style) -> String {
        var table = Table([.words("without"), .numbers("logit difference")])
        let row = { (name: String, drop: Float, emphasis: Style.Emphasis?) in
            [Table.Cell(name), Table.Cell((-drop).fixed(3, signed: true), emphasis)]
        }
        table.add(row("the head", head.drop_head, nil))
        table.add(row("all its pairs", head.drop_all_pairs, nil))
        table.add(
            row(
                "the \(head.surviving_pairs.grouped) pairs of the map, \(head.acting_pairs.grouped) of which act here",
                head.drop_surviving_pairs, nil))
        if let last = head.pairs.last {
            table.add(
                row(head.pairs.count == 1 ? "the pair below" : "the \(head.pairs.count) pairs below", last.drop_cumulative, .bold)
            )
        }
        if let control = head.control, let drop = control.drop {
            table.add(row(control.sets, drop, nil))
        }
        let name = style.apply(.bold, to: "head \(result.layer).\(head.head)")
        let spread =
            head.control.flatMap { control in
                control.drop_sd.flatMap { sd in
                    control.drop_max.map {
                        "  the draws scatter by \(sd.fixed(3)); the worst changes it by \((-$0).fixed(3, signed: true))\n"
                    }
                }
            } ?? ""
        return "\(name) attends \(head.attention.fixed(2)) to \(result.source.words)\n" + table.text(style, indent: 2)
            + style.apply(.dim, to: spread)
    }

    private func pairs(_ head: HeadRanking, _ style: Style) -> String {
        guard !head.pairs.isEmpty else { return "  no pair of the map acts here\n" }
        var table = Table([
            .numbers("query"), .words("fires here on"), .numbers("key"), .words("fires here on"), .numbers("effect on pattern"),
            .numbers("adds"), .numbers("prompts"), .numbers("alone"), .numbers("with those above"),
        ])
        for pair in head.pairs {
            table.add([
                Table.Cell("q\(pair.query_feature)", .query), Table.Cell(Self.tokens(pair.query_tokens)),
                Table.Cell("k\(pair.key_feature)", .key), Table.Cell(Self.tokens(pair.key_tokens)),
                Table.Cell(pair.effect.fixed(3, signed: true)), Table.Cell(pair.contribution.fixed(2, signed: true)),
                Table.Cell("\(pair.prompts)"), Table.Cell((-pair.drop).fixed(3, signed: true), .bold),
                Table.Cell((-pair.drop_cumulative).fixed(3, signed: true)),
            ])
        }
        return table.text(style, indent: 2)
    }

    private static func tokens(_ counts: [TokenCount]) -> String {
        counts.map { "\($0.piece.visiblePiece) \($0.share.percent(0))" }.joined(separator: ", ")
    }
}

extension InterventionsRank.Source {
    /// What attention is measured at, in words.
    fileprivate var words: String {
        switch self {
        case .strongest, .any: "its strongest source"
        case .answer: "the places of the answer"
        case .wrong: "the places of wrong answers"
        }
    }
}
