public import API
public import JSON

extension SAEInfo {
    /// Under which name an evaluation keeps those of the warnings that are about its own figures.
    private static let figureWarnings = "warnings"

    /// Takes new figures, and keeps what was published, against which they are held; warnings of earlier figures give way to theirs.
    ///
    /// - Parameter measured: The figures, as a record keeps them.
    public mutating func take(evaluation measured: JSON) {
        var record = measured.object ?? [:], found: [String] = []
        if let json = evaluation["published"], let published = PublishedFigures(json) {
            record["published"] = json
            if let L0 = measured["L0"]?.number {
                found = published.mismatches(L0: L0, explained_variance: measured["explained_variance"]?.number)
                record["fits_published"] = .bool(found.isEmpty)
            }
        }
        let past = Set((evaluation[Self.figureWarnings]?.array ?? []).compactMap(\.string))
        let remaining = (warnings ?? []).filter { !past.contains($0) }
        evaluation = .object(record)
        warn(remaining, ofFigures: found)
    }

    /// Says what is to be warned of.
    ///
    /// - Parameters:
    ///   - lasting: What is so whatever is measured.
    ///   - figures: What is so of the figures that the record has now; other figures put others in its place.
    public mutating func warn(_ lasting: [String], ofFigures figures: [String]) {
        warnings = lasting.isEmpty && figures.isEmpty ? nil : lasting + figures
        guard var record = evaluation.object else { return }
        record[Self.figureWarnings] = figures.isEmpty ? nil : .array(figures.map { .string($0) })
        evaluation = .object(record)
    }
}
