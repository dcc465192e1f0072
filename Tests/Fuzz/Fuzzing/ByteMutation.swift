/// Changes that know nothing of a format but the bytes that formats like to trip over.
enum ByteMutation {
    /// Bytes that mean something to one parser or another.
    private static let tokens: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", "e", "E", ".", " ", "\n", "\r\n", "\t", "null", "true", "\\u0000",
            "\\ud800",
            "\\udc00", "1e999", "-0", "1e-400", "9223372036854775808", "-9223372036854775809", "9007199254740993", "NaN", "'",
            "(", ")", "/*",
            "\u{FEFF}", "\u{1F468}\u{200D}\u{1F469}", "e\u{301}", "\u{202E}", "\u{FFFD}", "<|endoftext|>", "#version", "Ġ",
        ].map { Array($0.utf8) } + [
            [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xFE, 0xFF], [0x80], [0x7F],
            [0x1F],
            [0xFF, 0xFF, 0xFF, 0xFF],
        ]

    /// How often one token is repeated at most: enough to show what grows with the square of a length.
    private static let longestRun = 4096

    /// Changes one to four places.
    static func spoil(_ bytes: inout [UInt8], _ draws: inout Draws, with corpus: FuzzCorpus) {
        for _ in 0...draws.below(4) {
            let at = draws.below(bytes.count + 1)
            let kind = draws.below(10)
            switch kind {
            case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(draws.below(8))
            case 1 where at < bytes.count: bytes[at] = UInt8(draws.below(256))
            case 2 where at < bytes.count: bytes.removeSubrange(at..<min(bytes.count, at + 1 + draws.below(8)))
            case 3 where !bytes.isEmpty:
                let from = draws.below(bytes.count)
                bytes.insert(contentsOf: Array(bytes[from..<min(bytes.count, from + 1 + draws.below(64))]), at: at)
            case 4:
                let other = draws.pick(corpus.inputs)
                let from = draws.below(other.count + 1)
                bytes.insert(contentsOf: other[from..<min(other.count, from + draws.below(256))], at: at)
            case 5 where draws.oneIn(8):
                let count = 1 << draws.below(Self.longestRun.trailingZeroBitCount + 1)
                bytes.insert(contentsOf: Array(repeatElement(draws.pick(Self.tokens), count: count).joined()), at: at)
            case 6 where draws.oneIn(4): bytes.removeSubrange(at...)
            default: bytes.insert(contentsOf: draws.pick(Self.tokens), at: at)
            }
        }
    }

    /// One of the corpus's inputs, spoilt more often than not.
    static func input(_ draws: inout Draws, _ corpus: FuzzCorpus) -> [UInt8] {
        var bytes = draws.pick(corpus.inputs)
        if !draws.oneIn(8) { spoil(&bytes, &draws, with: corpus) }
        return bytes
    }
}
