/// A prompt whose destination, and source if there is one, are pointed at.
public struct MarkedText: Sendable {
    let pieces: [String]
    let destination: Int
    let source: Int?

    /// A prompt.
    public init(pieces: [String], destination: Int, source: Int?) {
        self.pieces = pieces
        self.destination = destination
        self.source = source
    }

    /// The tokens in lines of at most `width` columns, with marks below those that are spoken of.
    public func text(_ style: Style, width: Int) -> String {
        let indent = 2
        return rows(width: max(20, width - indent)).map { row in
            let margin = String(repeating: " ", count: indent)
            let tokens = row.map { style.apply(emphasis(of: $0), to: pieces[$0].visiblePiece) }.joined()
            return ([tokens] + marks(under: row)).map { margin + $0 + "\n" }.joined()
        }.joined()
    }

    /// Which tokens stand in which line.
    private func rows(width: Int) -> [Range<Int>] {
        var rows: [Range<Int>] = []
        var start = 0, used = 0
        for index in pieces.indices {
            let columns = pieces[index].visiblePiece.displayWidth
            if used + columns > width, index > start {
                rows.append(start..<index)
                (start, used) = (index, 0)
            }
            used += columns
        }
        return pieces.isEmpty ? [] : rows + [start..<pieces.count]
    }

    private func emphasis(of index: Int) -> Style.Emphasis? { index == destination ? .query : index == source ? .key : nil }

    /// Carets under the tokens, then a line per label, the rightmost first, joined to its caret.
    private func marks(under row: Range<Int>) -> [String] {
        let marked = Set([source, destination].compactMap(\.self)).filter(row.contains).sorted()
        guard !marked.isEmpty else { return [] }
        let starts = marked.map { index in row.lowerBound..<index }.map {
            $0.reduce(0) { $0 + pieces[$1].visiblePiece.displayWidth }
        }
        var carets = ""
        for (index, start) in zip(marked, starts) {
            carets = carets.padded(to: start) + String(repeating: "^", count: pieces[index].visiblePiece.displayWidth)
        }
        var lines = [carets]
        for last in marked.indices.reversed() {
            var line = ""
            for start in starts[..<last] { line = line.padded(to: start) + "│" }
            lines.append(line.padded(to: starts[last]) + "└ " + label(of: marked[last]))
        }
        return lines
    }

    private func label(of index: Int) -> String {
        switch (index == destination, index == source) {
        case (true, true): "position \(index), destination and source"
        case (true, false) where source == nil: "position \(index), the destination"
        case (true, false): "position \(index), the destination: its query looks back"
        default: "position \(index), the source: its key is looked at"
        }
    }
}
