public import API
private import JSON

/// Which heads read what which earlier heads write.
public struct CompositionReport: Sendable {
    let result: HeadsComposition.Result

    /// A report.
    public init(_ result: HeadsComposition.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        if result.total == 0 { return "there is no such pair of heads\n" }
        var table = Table([.words("writes"), .words("reads"), .numbers("score"), .numbers("× random")])
        for pair in result.pairs {
            table.add([
                Table.Cell("\(pair.from_layer).\(pair.from_head)", .key), Table.Cell("\(pair.to_layer).\(pair.to_head)", .query),
                Table.Cell(pair.score.fixed(4), .bold), Table.Cell((pair.score / result.baseline).fixed(1)),
            ])
        }
        let facts =
            "\(result.kind.name) composition in \(result.model.printable): \(result.total.grouped) pairs, mean "
            + "\(result.mean.fixed(4)), random \(result.baseline.fixed(4))"
        return style.apply(.dim, to: facts) + "\n" + table.text(style)
    }

    /// Single components as lines.
    public static func components(_ result: HeadsComponents.Result, _ style: Style) -> String {
        if result.total == 0 { return "there is no such pair of heads\n" }
        var table = Table([
            .words("writes"), .words("reads"), .numbers("score"), .numbers("random"), .numbers("z"), .words("taken up by"),
        ])
        for pair in result.components {
            let reads = pair.reads.map { "\($0.component) (\($0.score.fixed(3)))" }
            table.add([
                Table.Cell("\(pair.from_layer).\(pair.from_head) component \(pair.component)", .key),
                Table.Cell("\(pair.to_layer).\(pair.to_head)", .query), Table.Cell(pair.score.fixed(4), .bold),
                Table.Cell("\(pair.baseline.fixed(4)) ± \(pair.baseline_sd.fixed(4))", .dim), Table.Cell(pair.z.fixed(1)),
                Table.Cell(reads.joined(separator: ", ")),
            ])
        }
        let facts =
            "components read as \(result.kind.name) in \(result.model.printable): \(result.total.grouped), beside "
            + "\(result.random_directions.grouped) random directions"
        return style.apply(.dim, to: facts) + "\n" + table.text(style)
    }

    /// Spaces as lines.
    public static func overlap(_ result: HeadsOverlap.Result, _ style: Style) -> String {
        if result.total == 0 { return "there is no such pair of heads\n" }
        var table = Table([
            .words("writes"), .words("reads"), .numbers("overlap"), .numbers("of"), .numbers("share"), .numbers("random"),
            .numbers("z"),
        ])
        for pair in result.pairs {
            table.add([
                Table.Cell("\(pair.from_layer).\(pair.from_head)", .key), Table.Cell("\(pair.to_layer).\(pair.to_head)", .query),
                Table.Cell(pair.overlap.fixed(2), .bold), Table.Cell("\(min(pair.from_dimension, pair.to_dimension))", .dim),
                Table.Cell(pair.share.percent()), Table.Cell(pair.expected.fixed(2), .dim), Table.Cell(pair.z.fixed(1)),
            ])
        }
        let facts =
            "written spaces beside those of \(result.kind.name) in \(result.model.printable): \(result.total.grouped) pairs, "
            + "random spaces \(result.random_mean.fixed(2)) ± \(result.random_sd.fixed(2))"
        return style.apply(.dim, to: facts) + "\n" + table.text(style)
    }
}

extension HeadInput {
    /// What the input is called.
    fileprivate var name: String {
        switch self {
        case .q: "query"
        case .k: "key"
        case .v: "value"
        }
    }
}
