public import API

/// The singular values of heads' maps, a line for each head.
public struct SpectrumReport: Sendable {
    let result: SignalsDecompose.Result

    /// A report.
    public init(_ result: SignalsDecompose.Result) { self.result = result }

    /// How many singular values are shown; all are in the reply.
    private static let shown = 4

    /// The report as lines.
    public func text(_ style: Style) -> String {
        var table = Table([
            .words("head"), .numbers("‖Ω‖"), .numbers("90 % in"), .numbers("spread over"), .numbers("of"),
            .numbers("worst entry"),
            .words("singular values"),
        ])
        for head in result.heads {
            let values = head.s.prefix(Self.shown).map { $0.fixed(3) }.joined(separator: "  ")
            let rest = head.s.count - min(head.s.count, Self.shown)
            table.add([
                Table.Cell("\(head.layer).\(head.head)", .bold), Table.Cell(head.frobenius.fixed(3)),
                Table.Cell("\(head.rank90)"),
                Table.Cell(head.participation_ratio.fixed(1)), Table.Cell("\(head.s.count)"),
                Table.Cell((head.reconstruction_error / max(head.largest, .leastNormalMagnitude)).scientific),
                Table.Cell(values + (rest > 0 ? "  … \(rest) more" : "")),
            ])
        }
        return """
            \(style.apply(.dim, to: "\(result.model), \(result.form.rawValue) maps; worst entry: U·diag(s)·Vᵀ against Ω, as a share of the largest"))
            \(table.text(style))
            """
    }
}
