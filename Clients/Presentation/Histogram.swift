public import API

/// Counts as bars of characters, several lines high.
public struct Histogram: Sendable {
    let counts: [Int]
    let first: String
    let last: String

    /// Counts from left to right, and what stands below the ends.
    public init(_ counts: [Int], from first: String, to last: String) {
        (self.counts, self.first, self.last) = (counts, first, last)
    }

    /// How often a feature is active how strongly.
    public init(_ bins: ActivationBins) {
        self.init(bins.counts, from: "0", to: (bins.width * Float(bins.counts.count)).fixed(2))
    }

    /// The bars over an axis; the roots of the counts, so that the few strong ones are seen beside the many weak ones.
    ///
    /// - Parameters:
    ///   - style: How the axis is set off.
    ///   - width: The most columns; where there are more counts, columns are sums.
    ///   - height: How many lines the highest bar takes.
    ///   - indent: How many columns stand free.
    public func text(_ style: Style, width: Int = 64, height: Int = 4, indent: Int = 2) -> String {
        let sums = columns(max(1, width - indent)), steps = Sparkline.bars.count
        guard let greatest = sums.max(), greatest > 0 else { return "" }
        // In eighths of a line; what occurs at all is seen.
        let heights = sums.map { count in
            count == 0
                ? 0 : max(1, Int(((Double(count) / Double(greatest)).squareRoot() * Double(height * steps)).rounded()))
        }
        let margin = String(repeating: " ", count: indent)
        var lines = (0..<height).reversed().map { line in
            let bars = heights.map { bar -> Character in
                let above = bar - line * steps
                return above <= 0 ? " " : Sparkline.bars[min(above, steps) - 1]
            }
            var text = margin + String(bars)
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }
        let gap = max(1, sums.count - first.displayWidth - last.displayWidth)
        lines.append(margin + style.apply(.dim, to: first + String(repeating: " ", count: gap) + last) + "\n")
        return lines.joined()
    }

    private func columns(_ width: Int) -> [Int] {
        let shared = max(1, (counts.count + width - 1) / width)
        return stride(from: 0, to: counts.count, by: shared).map {
            counts[$0..<min($0 + shared, counts.count)].reduce(0, +)
        }
    }
}
