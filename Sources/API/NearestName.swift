extension String {
    /// The longest text that is repeated in a message, in Unicode scalars.
    private static let quotable = 60

    /// The text, cut where it would make a message unreadable.
    package var shortened: String {
        guard utf8.count > String.quotable else { return self }
        let scalars = unicodeScalars.prefix(String.quotable)
        return scalars.endIndex == unicodeScalars.endIndex ? self : String(scalars) + "…"
    }

    /// The candidate that somebody who typed this most probably meant; nil if none is close.
    ///
    /// Close is an edit distance of at most a third of the length, and of at least one.
    package func nearest(in candidates: [String]) -> String? {
        guard utf8.count <= String.quotable else { return nil }
        let allowed = max(1, utf8.count / 3)
        let ranked = candidates.map { (name: $0, distance: editDistance(to: $0)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= allowed else { return nil }
        return best.name
    }

    /// How many bytes must be inserted, removed, replaced or swapped with their neighbour.
    ///
    /// *Source:* optimal string alignment distance; Damerau, CACM 7(3), 1964.
    private func editDistance(to other: String) -> Int {
        let a = Array(utf8), b = Array(other.utf8)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = Swift.min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = Swift.min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
