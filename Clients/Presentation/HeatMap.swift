/// A pattern as shades, one row per destination: of colour where there are 256, of characters elsewhere.
public struct HeatMap: Sendable {
    /// From nothing to all; where the last but one ends, nine tenths of the attention lie on one source.
    static let shades: [(below: Float, shade: Character)] = [(0.02, "·"), (0.15, "░"), (0.4, "▒"), (0.7, "▓"), (.infinity, "█")]
    /// From nothing to all in the terminal's 256 colours: dark to light on a scale that stays readable on light and dark grounds.
    ///
    /// *Source:* xterm's colour cube, 16 + 36 r + 6 g + b; black-violet to orange to yellow, after matplotlib's inferno.
    static let colors: [UInt8] = [235, 53, 54, 90, 126, 162, 168, 203, 209, 215, 221, 228]

    let pieces: [String]
    let pattern: [[Float?]]

    /// A map.
    ///
    /// - Parameters:
    ///   - pieces: [T] the tokens' texts.
    ///   - pattern: [T, T] shares from 0 to 1, nil above the diagonal.
    public init(pieces: [String], pattern: [[Float?]]) {
        self.pieces = pieces
        self.pattern = pattern
    }

    /// The character for a share.
    static func shade(_ share: Float) -> Character { shades.first { share < $0.below }?.shade ?? "█" }

    /// The colour for a share; the root, so that small shares are told apart.
    static func color(_ share: Float) -> UInt8 {
        let place = Int((min(max(share, 0), 1).squareRoot() * Float(colors.count)).rounded(.down))
        return colors[min(place, colors.count - 1)]
    }

    /// A row per destination: its token, the shades of its sources, and the strongest of them.
    ///
    /// - Parameters:
    ///   - style: How words are set off.
    ///   - width: In so many columns, if that can be: several sources then share one, which shows the greatest share.
    public func text(_ style: Style, width: Int = .max) -> String {
        let scale = Scale(style, sources: pieces.count, width: width - besides)
        let sources = "at sources 0…\(max(0, pieces.count - 1))" + (scale.shared > 1 ? ", \(scale.shared) a column" : "")
        var table = Table([.numbers(""), .words("looks from"), .words(sources), .words("most at"), .numbers("pattern")])
        for (destination, row) in pattern.enumerated() where destination < pieces.count {
            let shares = row.compactMap { $0 }
            let strongest = shares.indices.max { shares[$0] < shares[$1] }
            table.add([
                Table.Cell("\(destination)", .dim), Table.Cell(pieces[destination].visiblePiece, .query),
                Table.Cell(scale.parts(shares)), Table.Cell(strongest.map(label) ?? "–", .key),
                Table.Cell(strongest.map { shares[$0].fixed(2) } ?? "–"),
            ])
        }
        return table.text(style)
    }

    private func label(_ source: Int) -> String { "\(source) \(pieces[source].visiblePiece)" }

    /// The columns that everything but the shades takes, with the gaps of two between them.
    private var besides: Int {
        let number = String(pieces.count).count
        let token = pieces.map(\.visiblePiece.displayWidth).max() ?? 0
        let heading = "looks from".count, share = "pattern".count, gaps = 2 * 4
        return number + max(token, heading) + number + 1 + token + share + gaps
    }

    /// How shares become columns.
    private struct Scale {
        let isColored: Bool
        /// How wide a cell is.
        let cell: Int
        /// How many sources share a cell.
        let shared: Int

        /// Fewer columns than these show nothing.
        private static let narrowest = 8

        init(_ style: Style, sources: Int, width: Int) {
            isColored = style.hasShades
            let room = max(width, Self.narrowest)
            // Two columns make a square.
            cell = isColored && 2 * sources <= room ? 2 : 1
            shared = max(1, (sources + room - 1) / room)
        }

        func parts(_ shares: [Float]) -> [(text: String, emphasis: Style.Emphasis?)] {
            stride(from: 0, to: shares.count, by: shared).map { start in
                let share = shares[start..<min(start + shared, shares.count)].max() ?? 0
                if isColored { return (String(repeating: " ", count: cell), .ground(HeatMap.color(share))) }
                return (String(HeatMap.shade(share)), nil)
            }
        }
    }
}
