public import API

/// Where a pair of features acts, in words and tables.
///
/// 1. The pair, in how many places it acts, and in which heads. 2. The tokens of both sides, and how far they lie apart. 3. The places: by
/// contribution, by effect on the pattern, and an even sample, each with its text, destination and source marked.
public struct PairExamplesReport: Sendable {
    let result: PairsExamples.Result

    /// A report.
    public init(_ result: PairsExamples.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        [headline(style), heads(style), tokens(style), distances(style)].joined() + "\n"
            + places("Strongest by contribution:", result.by_contribution, style)
            + places("Strongest by effect on the pattern of head \(name(of: result.head)):", result.by_effect, style)
            + places("An even sample of all places, by quantile of the contribution:", result.quantiles, style)
            + style.apply(.dim, to: "[destination] looks back at ⟨source⟩; from \(result.collected.origin)") + "\n"
    }

    /// Tokens with less than this would read as 0 %.
    private static let leastShare: Float = 0.005

    private func name(of head: Int) -> String { "\(result.collected.layer).\(head)" }

    private func headline(_ style: Style) -> String {
        let query = style.apply(.query, to: "q\(result.query_feature)"), key = style.apply(.key, to: "k\(result.key_feature)")
        return """
            \(query) × \(key) of map \(result.map) acts at \(result.places.grouped) places (destination, source), \
            \(result.share_at_BOS.percent()) of them with BOS as the source.

            """
    }

    private func heads(_ style: Style) -> String {
        var table = Table([
            .words("head"), .numbers("weight"), .numbers("mean contribution"), .numbers("mean effect"), .numbers("mean |effect|"),
        ])
        for head in result.heads {
            table.add([
                Table.Cell(name(of: head.head), head.head == result.head ? .bold : nil),
                Table.Cell(head.weight.fixed(4, signed: true)), Table.Cell(head.mean_contribution.fixed(3, signed: true)),
                Table.Cell(head.mean_effect.fixed(4, signed: true)), Table.Cell(head.mean_absolute_effect.fixed(4)),
            ])
        }
        return table.text(style, indent: 2)
    }

    private func tokens(_ style: Style) -> String {
        let list = { (counts: [TokenCount]) in
            let counts = counts.filter { $0.share >= Self.leastShare }
            return counts.isEmpty
                ? "none stands out"
                : counts.map { "\($0.piece.visiblePiece) \($0.share.percent(0))" }.joined(separator: ", ")
        }
        return "\(style.apply(.query, to: "destinations")): \(list(result.destination_tokens))\n"
            + "\(style.apply(.key, to: "sources")):      \(list(result.source_tokens))\n"
    }

    private func distances(_ style: Style) -> String {
        let bars = result.distances.filter { $0.count > 0 }.map { distance in
            let range = distance.from == distance.to ? "\(distance.from)" : "\(distance.from)–\(distance.to)"
            return "\(range) \(style.apply(.bold, to: distance.share.percent(0)))"
        }
        return "distances:    \(bars.joined(separator: ", "))\n"
    }

    private func places(_ title: String, _ examples: [PairExample], _ style: Style) -> String {
        guard !examples.isEmpty else { return "" }
        let isSample = examples.contains { $0.quantile != nil }
        var table = Table(
            (isSample ? [.numbers("quantile")] : []) + [
                .numbers("contribution"), .numbers("effect"), .numbers("q"), .numbers("k"), .words("text"),
            ])
        for example in examples {
            let quantile = isSample ? [Table.Cell(example.quantile.map { $0.percent(0) } ?? "–", .dim)] : []
            table.add(
                quantile + [
                    Table.Cell(example.contribution.fixed(2, signed: true), .bold),
                    Table.Cell(example.effect.fixed(3, signed: true)), Table.Cell(example.query_activation.fixed(1), .dim),
                    Table.Cell(example.key_activation.fixed(1), .dim), Table.Cell(example.markedText),
                ])
        }
        return title + "\n" + table.text(style, indent: 2) + "\n"
    }
}

extension PairExample {
    /// The text about both positions on one line, the destination in brackets, the source in angle brackets; `…` where some is left out.
    public var markedText: String {
        let windows = [source_window, destination_window].sorted { $0.first < $1.first }
        var text = windows[0].first > 0 ? "…" : ""
        var next = windows[0].first
        for window in windows {
            if window.first > next { text += " … " }
            for (offset, piece) in window.pieces.enumerated() where window.first + offset >= next {
                text += marked(piece.visiblePiece, at: window.first + offset)
            }
            next = max(next, window.first + window.pieces.count)
        }
        return text
    }

    private func marked(_ piece: String, at position: Int) -> String {
        switch (position == destination, position == source) {
        case (true, true): "[⟨\(piece)⟩]"
        case (true, false): "[\(piece)]"
        case (false, true): "⟨\(piece)⟩"
        case (false, false): piece
        }
    }
}

extension ExamplesInfo {
    /// From how much of which text, in words.
    public var origin: String { "\(tokens.grouped) tokens of \(corpus) (\(contexts.grouped) contexts), collected by \(job)" }
}
