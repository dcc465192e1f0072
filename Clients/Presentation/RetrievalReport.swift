public import API
private import JSON

/// Which heads copy needles out of haystacks.
public struct RetrievalReport: Sendable {
    let result: HeadsRetrieval.Result
    let showsAll: Bool

    /// A report.
    ///
    /// - Parameter showsAll: Whether heads that copy nothing are shown too.
    public init(_ result: HeadsRetrieval.Result, showsAll: Bool = false) { (self.result, self.showsAll) = (result, showsAll) }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        var trials = Table([
            .numbers("tokens"), .numbers("depth"), .numbers("needle at"), .numbers("recall"), .words("answered"),
        ])
        for trial in result.trials {
            trials.add([
                Table.Cell(trial.length.grouped), Table.Cell(trial.depth.percent(0)),
                Table.Cell(trial.needle_position.grouped), Table.Cell(trial.recall?.percent(0) ?? "–"),
                Table.Cell(trial.answer?.visiblePiece ?? "the right answer was fed", trial.is_answered ?? true ? nil : .dim),
            ])
        }
        let isShown = { (head: RetrievalScore) in showsAll || head.generated ?? 0 > 0 || head.teacher_forced ?? 0 > 0 }
        var heads = Table([.words("head"), .numbers("generated"), .numbers("teacher-forced"), .words("")])
        let strongest = result.heads.filter(isShown).sorted {
            ($0.generated ?? 0, $0.teacher_forced ?? 0) > ($1.generated ?? 0, $1.teacher_forced ?? 0)
        }
        for head in strongest {
            heads.add([
                Table.Cell("\(head.layer).\(head.head)", .bold), Table.share(head.generated), Table.share(head.teacher_forced),
                head.is_retrieval_head ? Table.Cell("retrieval head", .good) : "",
            ])
        }
        let count = result.heads.count { $0.is_retrieval_head }
        let note = result.note.map { style.apply(.bad, to: $0.printable) + "\n" } ?? ""
        return """
            \(style.apply(.bold, to: result.model.printable)), haystack \(result.corpus.printable), needle \
            \(style.apply(.key, to: result.needle.visiblePiece)), question \(style.apply(.query, to: result.question.visiblePiece))

            \(trials.text(style))
            \(heads.text(style))\(note)\(count.grouped) of \(result.heads.count.grouped) heads score above \
            \(result.threshold.fixed(2))

            """
    }
}
