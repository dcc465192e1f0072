/// A pattern as shades of characters, one row per destination.
public struct HeatMap: Sendable {
    /// From nothing to all; where the last but one ends, nine tenths of the attention lie on one source.
    static let shades: [(below: Float, shade: Character)] = [(0.02, "·"), (0.15, "░"), (0.4, "▒"), (0.7, "▓"), (.infinity, "█")]

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

    /// A row per destination: its token, the shades of its sources, and the strongest of them.
    public func text(_ style: Style) -> String {
        var table = Table([
            .numbers(""), .words("looks from"), .words("at sources 0…\(max(0, pieces.count - 1))"), .words("most at"),
            .numbers("pattern"),
        ])
        for (destination, row) in pattern.enumerated() where destination < pieces.count {
            let shares = row.compactMap { $0 }
            let strongest = shares.indices.max { shares[$0] < shares[$1] }
            let label = strongest.map { "\($0) \(pieces[$0].visiblePiece)" } ?? "–"
            table.add([
                Table.Cell("\(destination)", .dim), Table.Cell(pieces[destination].visiblePiece, .query),
                Table.Cell(String(shares.map(HeatMap.shade))), Table.Cell(label, .key),
                Table.Cell(strongest.map { shares[$0].fixed(2) } ?? "–"),
            ])
        }
        return table.text(style)
    }
}
