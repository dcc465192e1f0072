import Presentation
import Testing

@Suite struct HeatMapTests {
    private let map = HeatMap(
        pieces: ["<|endoftext|>", " a", " b"], pattern: [[1, nil, nil], [0.5, 0.5, nil], [0.01, 0.19, 0.8]])

    @Test func `off a terminal shares are shades of characters`() {
        #expect(
            map.text(.plain) == """
                   looks from     at sources 0…2  most at          pattern
                0  <|endoftext|>  █               0 <|endoftext|>     1.00
                1  ·a             ▓▓              0 <|endoftext|>     0.50
                2  ·b             ·▒█             2 ·b                0.80

                """)
    }

    @Test func `where there are 256 colours a share is a ground two columns wide`() {
        let colored = map.text(Style(isColored: true, hasShades: true))
        #expect(colored.contains("\u{1B}[48;5;228m  \u{1B}[0m"), "the whole share")
        let plain = colored.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(!plain.contains("█") && plain.split(separator: "\n").count == 4)
    }

    @Test func `colours without shades leave the characters`() {
        #expect(map.text(Style(isColored: true)).contains("·▒█"))
    }

    @Test func `a pattern that is too wide shares columns, and says so`() {
        let T = 100
        let pattern = (0..<T).map { row in (0..<T).map { $0 > row ? nil : $0 == row ? Float(0.9) : 0 } }
        let wide = HeatMap(pieces: (0..<T).map { "t\($0)" }, pattern: pattern)
        for style in [Style.plain, Style(isColored: true, hasShades: true)] {
            let lines = wide.text(style, width: 80).replacing(/\u{1B}\[[0-9;]*m/, with: "").split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.map(\.count).max() ?? 0) columns")
            #expect(lines[0].contains("3 a column") && lines.count == T + 1)
        }
        #expect(
            wide.text(.plain, width: 80).split(separator: "\n").last?.contains("█") == true, "the strongest of a column shows")
    }
}
