public import API

/// Of how many terms heads' looks are made, a line for each head.
public struct SetSizeReport: Sendable {
    let result: SignalsStatistics.Result

    /// A report.
    public init(_ result: SignalsStatistics.Result) { self.result = result }

    /// The heights of a histogram's bars.
    private static let bars = ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The most columns of a histogram.
    private static let columns = 32

    /// The report as lines.
    public func text(_ style: Style) -> String {
        let hasSides = result.heads.contains { $0.side != nil }
        var table = Table(
            [.words("head")] + (hasSides ? [.words("end")] : []) + [
                .numbers("looks"), .numbers("mean"), .numbers("median"), .numbers("10 %"), .numbers("90 %"),
                .words("terms, 0 to \(result.rank)"),
            ])
        for head in result.heads {
            let number = { (value: Int?) in Table.Cell(value.map { "\($0)" } ?? "–") }
            table.add(
                [Table.Cell("\(head.layer).\(head.head)", .bold)] + (hasSides ? [Table.Cell(head.side?.rawValue ?? "")] : []) + [
                    Table.Cell(head.looks.grouped), Table.Cell(head.mean?.fixed(1) ?? "–"), number(head.median), number(head.q10),
                    number(head.q90), Table.Cell(bars(head.histogram)),
                ])
        }
        return """
            \(style.apply(.dim, to: "\(result.model), \(result.mode.rawValue): \(result.contexts.grouped) texts, \(result.tokens.grouped) tokens"))
            \(table.text(style))
            """
    }

    /// A histogram as a line of bars; neighbours share a bar where there are too many.
    private func bars(_ histogram: [Int]) -> String {
        let width = (histogram.count + Self.columns - 1) / Self.columns
        let sums = stride(from: 0, to: histogram.count, by: width).map {
            histogram[$0..<min($0 + width, histogram.count)].reduce(0, +)
        }
        guard let most = sums.max(), most > 0 else { return "" }
        let steps = Self.bars.count - 1
        return sums.map { Self.bars[$0 == 0 ? 0 : max(1, $0 * steps / most)] }.joined()
    }
}
