public import API

/// What several dictionaries have in common, laid out for people.
public struct ComparisonReport: Sendable {
    private let result: DictionariesCompare.Result

    /// A report on an answer of `dictionaries.compare`.
    public init(_ result: DictionariesCompare.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let what =
            "features that do the same on \(result.tokens.grouped) tokens (correlation at least "
            + "\(result.min_correlation.fixed(2)))\n"
        var text = style.apply(.dim, to: what) + matchings.text(style)
        for matching in result.matchings {
            guard let matches = matching.matches else { continue }
            text += "\n" + style.apply(.dim, to: "\(matching.first) and \(matching.second), \(matching.side.rawValue) side\n")
            text += Self.table(matches, matching.side).text(style)
        }
        if let overlaps = result.overlaps {
            text += "\n" + style.apply(.dim, to: "pairs of a map that others have too, by expected contribution (by number)\n")
            text += table(overlaps).text(style)
        }
        if let all = result.in_all, all.others.count > 1 {
            text +=
                "\n\(all.contribution.same_head.percent()) of what \(all.first) contributes is in all of "
                + "\(all.others.joined(separator: ", ")), head for head"
            // Whether the maps differ, or only the dictionaries that they stand on.
            if all.contribution.comparable > 0 {
                let share = all.contribution.same_head / all.contribution.comparable
                text += ": \(share.percent()) of what has partners in all of their dictionaries"
            }
            text += "\n"
        }
        return text
    }

    private var matchings: Table {
        var table = Table([
            .words(""), .words("side"), .numbers("live"), .numbers("live"), .numbers("the same"), .numbers("of the first's"),
            .numbers("of their activity"), .numbers("correlation"), .numbers("cosine"),
            .words("the first's by best correlation, 0 to 1"),
        ])
        for matching in result.matchings {
            table.add([
                Table.Cell("\(matching.first) ~ \(matching.second)", .bold),
                Table.Cell(matching.side.rawValue, matching.side == .query ? .query : .key),
                Table.Cell(matching.live_first.grouped), Table.Cell(matching.live_second.grouped),
                Table.Cell(matching.matched.grouped),
                Table.Cell((Double(matching.matched) / Double(max(1, matching.live_first))).percent(0)),
                Table.Cell(matching.matched_activation.percent(0)),
                Table.Cell(matching.mean_correlation?.fixed(3) ?? "–"), Table.Cell(matching.mean_cosine?.fixed(3) ?? "–"),
                Table.Cell(Self.bars(matching.histogram)),
            ])
        }
        return table
    }

    private func table(_ overlaps: [MapOverlapInfo]) -> Table {
        var table = Table([
            .words("of"), .words("in"), .numbers("comparable"), .numbers(""), .numbers("same head"), .numbers(""),
            .numbers("any head"), .numbers(""),
        ])
        for overlap in overlaps + (result.in_all.map { $0.others.count > 1 ? [$0] : [] } ?? []) {
            var cells = [Table.Cell(overlap.first, .bold), Table.Cell(overlap.others.joined(separator: ", "))]
            for share in [\OverlapShares.comparable, \.same_head, \.some_head] {
                cells.append(Table.Cell(overlap.contribution[keyPath: share].percent(), .bold))
                cells.append(Table.Cell("(\(overlap.entries[keyPath: share].percent()))", .dim))
            }
            table.add(cells)
        }
        return table
    }

    private static func table(_ matches: [FeatureMatch], _ side: FeatureSide) -> Table {
        let letter = side == .query ? "q" : "k", emphasis: Style.Emphasis = side == .query ? .query : .key
        var table = Table([.numbers("first"), .numbers("second"), .numbers("correlation"), .numbers("cosine")])
        for match in matches {
            table.add([
                Table.Cell("\(letter)\(match.feature)", emphasis), Table.Cell("\(letter)\(match.partner)", emphasis),
                Table.Cell(match.correlation.fixed(3)), Table.Cell(match.cosine?.fixed(3) ?? "–"),
            ])
        }
        return table
    }

    /// Counts as bars an eighth of a line high each, the tallest full.
    private static func bars(_ counts: [Int]) -> String {
        let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], largest = max(1, counts.max() ?? 1)
        return counts.map { $0 == 0 ? " " : blocks[($0 * (blocks.count - 1) + largest - 1) / largest] }.joined()
    }
}
