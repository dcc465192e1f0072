private import JSON

/// Rows under headings, aligned.
public struct Table: Sendable {
    /// One column.
    public struct Column: Sendable {
        let title: String
        let isNumeric: Bool

        /// A column of words, which begin at the same place.
        public static func words(_ title: String) -> Column { Column(title: title, isNumeric: false) }
        /// A column of numbers, which end at the same place.
        public static func numbers(_ title: String) -> Column { Column(title: title, isNumeric: true) }
    }

    /// One entry.
    public struct Cell: Sendable, ExpressibleByStringInterpolation {
        let text: String
        private let parts: [(text: String, emphasis: Style.Emphasis?)]

        /// An entry; what could command a terminal is written out in it.
        public init(_ text: String, _ emphasis: Style.Emphasis? = nil) { self.init([(text, emphasis)]) }

        /// An entry of parts that are set off each in its way.
        public init(_ parts: [(text: String, emphasis: Style.Emphasis?)]) {
            self.parts = parts.map { ($0.text.printable, $0.emphasis) }
            text = self.parts.map(\.text).joined()
        }

        /// The entry, set off.
        func text(_ style: Style) -> String { parts.map { style.apply($0.emphasis, to: $0.text) }.joined() }

        /// A plain entry.
        public init(stringLiteral value: String) { self.init(value) }
    }

    /// The columns, from left to right.
    public let columns: [Column]
    /// The rows, each with as many cells as there are columns.
    public private(set) var rows: [[Cell]] = []

    /// A table without rows.
    public init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row.
    public mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row of \(row.count) cells in a table of \(columns.count) columns")
        rows.append(row)
    }

    /// The table as lines, each ended by a newline; without its headings if all of them are empty.
    ///
    /// - Complexity: O(cells).
    public func text(_ style: Style, indent: Int = 0) -> String {
        let widths = columns.indices.map { column in
            max(columns[column].title.displayWidth, rows.map { $0[column].text.displayWidth }.max() ?? 0)
        }
        var lines: [[Cell]] = rows
        if columns.contains(where: { !$0.title.isEmpty }) { lines.insert(columns.map { Cell($0.title, .dim) }, at: 0) }
        return lines.map { line(of: $0, widths, style, indent) }.joined()
    }

    private func line(of row: [Cell], _ widths: [Int], _ style: Style, _ indent: Int) -> String {
        let gap = "  "
        var line = String(repeating: " ", count: indent)
        var pending = ""
        for (index, cell) in row.enumerated() {
            let fill = String(repeating: " ", count: widths[index] - cell.text.displayWidth)
            let text = cell.text(style)
            if columns[index].isNumeric {
                line += pending + fill + text
                pending = gap
            } else {
                line += pending + text
                pending = fill + gap
            }
        }
        // Spaces at the end of a line are never written.
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}

/// Facts with their names, one per line.
public struct FactSheet: Sendable {
    private var table = Table([.words(""), .words("")])

    /// No facts yet.
    public init() {}

    /// Adds a fact.
    public mutating func add(_ name: String, _ value: String) { table.add([Table.Cell(name, .dim), Table.Cell(value)]) }

    /// The facts as lines.
    public func text(_ style: Style) -> String { table.text(style) }
}
