public import API
private import JSON

/// What a self-test comes to, check by check.
public struct SelfTestReport: Sendable {
    let result: ModelsSelftest.Result

    /// A report.
    public init(_ result: ModelsSelftest.Result) { self.result = result }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        var text = verdict(style)
        if !result.checks.isEmpty {
            var table = Table([
                .words("check"), .words(""), .numbers("numbers"), .numbers("wrong"), .numbers("worst"), .numbers("allowed"),
                .words("where"),
            ])
            for check in result.checks {
                table.add([
                    Table.Cell(check.check, .bold), check.is_passed ? Table.Cell("passed", .good) : Table.Cell("FAILED", .bad),
                    Table.Cell(check.numbers.grouped), Table.Cell(check.wrong.grouped),
                    Table.Cell(check.worst_deviation.scientific), Table.Cell(check.tolerance.scientific, .dim),
                    Table.Cell(check.place, .dim),
                ])
            }
            text += "\n" + table.text(style)
        }
        for fact in result.left_out { text += style.apply(.dim, to: "left out: \(fact)") + "\n" }
        return text
    }

    private func verdict(_ style: Style) -> String {
        let model = style.apply(.bold, to: result.model.printable)
        let known = result.known_as.map(\.printable) ?? ""
        switch result.verdict {
        case .passed: return "\(model) is \(known), and computes what is known of it.\n"
        case .failed: return "\(model) is \(known), and \(style.apply(.bad, to: "does not compute")) what is known of it.\n"
        case .other_model: return "\(model) is no model that numbers are known of: \((result.reason ?? "").printable).\n"
        }
    }
}
