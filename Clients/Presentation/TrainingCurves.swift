public import JSON

/// The series of a training as sparklines: from what to what each figure went.
public struct TrainingCurves: Sendable {
    let lines: [JSON]

    /// What is shown of it, in this order, under which name.
    private static let figures = [
        ("losses/overall_loss", "loss"), ("losses/kl_loss", "KL"), ("losses/sparsity_loss", "sparsity"),
        ("losses/mse_loss", "MSE"), ("metrics/l0", "L0"), ("metrics/l0_query", "L0 query"), ("metrics/l0_key", "L0 key"),
        ("sparsity/live_features_query", "live query"), ("sparsity/live_features_key", "live key"),
        ("metrics/explained_variance", "explained variance"), ("metrics/entries", "entries"),
        ("model_performance_preservation/ce_loss_score", "CE recovered"),
    ]
    /// What tells the lines of one dictionary from those of others of the same job.
    private static let identity = ["layer", "d_sae_query", "d_sae_key", "seed"]
    /// The widest curve.
    private static let widest = 48
    /// Columns for the names and the figures at both ends.
    private static let besides = 44

    /// The lines of `dictionaries.history`, or of `jobs.metrics`, of which only the first dictionary's count.
    public init(_ lines: [JSON]) {
        self.lines = lines.filter { line in Self.identity.allSatisfy { line[$0] == lines.first?[$0] } }
    }

    /// A line for each figure that is there and moves; empty where fewer than two steps are told.
    public func text(_ style: Style, width: Int) -> String {
        guard lines.count > 1 else { return "" }
        var table = Table([.words(""), .numbers(""), .words(""), .numbers("")])
        for (name, title) in Self.figures {
            let values = lines.map { $0[name]?.number }, known = values.compactMap(\.self)
            guard let first = known.first, let last = known.last, known.count > 1, known.contains(where: { $0 != first }) else {
                continue
            }
            // Figures that only some steps have would leave gaps: they stand side by side.
            let drawn = known.count < values.count ? known.map(Optional.some) : values
            table.add([
                Table.Cell(title, .dim), Table.Cell(Self.short(first)),
                Table.Cell(Sparkline(drawn).text(width: min(Self.widest, max(8, width - Self.besides)))),
                Table.Cell(Self.short(last), .bold),
            ])
        }
        return table.rows.isEmpty ? "" : table.text(style)
    }

    private static func short(_ value: Double) -> String {
        if let count = Int(exactly: value) { return count.grouped }
        return value.magnitude < 1e-3 ? value.scientific : value.fixed(value.magnitude < 10 ? 4 : 1)
    }
}
