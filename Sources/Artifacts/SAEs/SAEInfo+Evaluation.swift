public import API
public import JSON

extension SAEInfo {
    /// Takes new figures, and keeps what was published, against which they are held; warnings of earlier figures give way to theirs.
    ///
    /// - Parameter measured: The figures, as a record keeps them.
    public mutating func take(evaluation measured: JSON) {
        var record = measured.object ?? [:], remaining = (warnings ?? []).filter { !PublishedFigures.isWarning($0) }
        if let json = evaluation["published"], let published = PublishedFigures(json) {
            record["published"] = json
            if let L0 = measured["L0"]?.number {
                let found = published.mismatches(L0: L0, explained_variance: measured["explained_variance"]?.number)
                record["fits_published"] = .bool(found.isEmpty)
                remaining += found
            }
        }
        evaluation = .object(record)
        warnings = remaining.isEmpty ? nil : remaining
    }
}
