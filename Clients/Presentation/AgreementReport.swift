public import API

/// How far looks and features agree, a line for each head and end.
public struct AgreementReport: Sendable {
    let result: SignalsAgreement.Result

    /// A report.
    public init(_ result: SignalsAgreement.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        var table = Table([
            .words("head"), .words("end"), .numbers("looks"), .numbers("terms"), .numbers("features"),
            .numbers("signal in features"), .numbers("by chance"), .numbers("features in signal"), .numbers("by chance"),
        ])
        for head in result.heads {
            for (end, figures) in [("destination", head.destination), ("source", head.source)] {
                let cells = figures.map { figures in
                    [
                        Table.Cell(figures.terms.fixed(1)), Table.Cell(figures.features.fixed(1)),
                        Table.Cell(figures.signal_in_features.percent(), .bold),
                        Table.Cell(figures.signal_in_features_random.percent(), .dim),
                        Table.Cell(figures.features_in_signal.percent(), .bold),
                        Table.Cell(figures.features_in_signal_random.percent(), .dim),
                    ]
                }
                let name = end == "destination" ? Table.Cell("\(result.layer).\(head.head)", .bold) : ""
                table.add([name, Table.Cell(end), Table.Cell("\(head.looks)")] + (cells ?? Array(repeating: "–", count: 6)))
            }
        }
        let texts = result.prompts == 1 ? "1 prompt" : "\(result.prompts.grouped) prompts"
        return """
            \(style.apply(.dim, to: "\(result.model), map \(result.map) of dictionary \(result.dictionary), \(result.mode.rawValue), \(texts)"))
            \(table.text(style))
            """
    }
}
