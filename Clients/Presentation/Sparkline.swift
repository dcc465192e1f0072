/// A series in one line of characters.
public struct Sparkline: Sendable {
    /// From the least to the greatest.
    static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    let values: [Double?]

    /// A series; what is nil or not finite leaves a gap.
    public init(_ values: [Double?]) { self.values = values.map { $0.flatMap { $0.isFinite ? $0 : nil } } }

    /// The line.
    ///
    /// - Parameters:
    ///   - width: The most columns; where there are more values, the mean of those that share a column.
    ///   - least: What the lowest bar stands for; the least value if nil.
    /// - Returns: As many characters as there are columns.
    public func text(width: Int, from least: Double? = nil) -> String {
        let means = columns(max(1, width)), known = means.compactMap(\.self)
        guard let greatest = known.max(), let least = least ?? known.min() else {
            return String(repeating: " ", count: means.count)
        }
        return String(
            means.map { mean -> Character in
                guard let mean else { return " " }
                // A series that does not move is drawn at its middle.
                guard greatest > least else { return Self.bars[Self.bars.count / 2] }
                let place = (mean - least) / (greatest - least) * Double(Self.bars.count)
                return Self.bars[min(max(Int(place.rounded(.down)), 0), Self.bars.count - 1)]
            })
    }

    /// The means of as many equal parts as there are columns.
    private func columns(_ width: Int) -> [Double?] {
        let count = min(width, values.count)
        return (0..<count).map { column in
            let part = values[column * values.count / count..<(column + 1) * values.count / count].compactMap(\.self)
            return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
        }
    }
}
