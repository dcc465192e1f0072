private import Foundation
package import Tokenizer

/// Tokenizers for inputs that are texts.
package enum FuzzTokenizer {
    /// The embedded model's, of 1,024 tokens.
    package static let small = Result { try Tokenizer(directory: root.appending(path: "Sources/Daemon/Models/demo-4l").path) }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}

extension FuzzTarget {
    /// Texts for the tokenizer.
    ///
    /// They come back byte for byte, whichever way they are encoded; what is not UTF-8 is refused.
    public static let texts = FuzzTarget("texts") { draws, corpus in
        var bytes: [UInt8]
        switch draws.below(4) {
        case 0: bytes = ByteMutation.input(&draws, corpus)
        default:
            var text = String.UnicodeScalarView()
            for _ in 0..<draws.below(24) { Self.appendRun(&text, &draws) }
            bytes = Array(String(text).utf8)
            if draws.oneIn(8) { ByteMutation.spoil(&bytes, &draws, with: corpus) }
        }
        return bytes
    } check: { bytes in
        let tokenizer = try FuzzTokenizer.small.get()
        guard let text = String(validating: bytes, as: UTF8.self) else {
            try Finding.require((try? tokenizer.encode(bytes)) == nil, "bytes that are not UTF-8 have tokens")
            return false
        }
        let ids = try tokenizer.encode(bytes)
        try Finding.require(try tokenizer.decode(ids) == bytes, "the text came back another, by \(ids)")
        try Finding.require(tokenizer.encode(text) == ids, "a string and its bytes have different tokens")
        var encoder = tokenizer.makeEncoder(), twice: [Int32] = []
        try encoder.encode(bytes.span, into: &twice)
        try encoder.encode(bytes.span, into: &twice)
        try Finding.require(twice == ids + ids, "an encoder that remembers words gives other tokens")
        let special = tokenizer.encode(text, allowSpecial: true)
        try Finding.require(try tokenizer.decode(special) == bytes, "the text with its special tokens came back another")
        return true
    }

    private static let ranges: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0x61...0x7A, 0x30...0x39, 0...0x1F, 0x80...0xFF, 0x300...0x36F, 0x5D0...0x5EA, 0x600...0x6FF,
        0x2000...0x206F,
        0x3040...0x30FF, 0x4E00...0x9FFF, 0x1F300...0x1FAFF, 0xE000...0xFFFF, 0x10000...0x10FFFF, 0xD7F0...0xD7FF,
    ]
    private static let pieces = [
        " ", "'s", "'ll", "\n", "  ", "<|endoftext|>", "<|endof", "|>", "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", "e\u{301}",
        "\u{FEFF}",
        "\u{202E}", "\r\n", "a", "the", "\u{0}", "\u{FFFD}", "1",
    ]

    /// A few scalars of one range, or one piece several times.
    private static func appendRun(_ text: inout String.UnicodeScalarView, _ draws: inout Draws) {
        if draws.oneIn(2) {
            let range = draws.pick(ranges)
            for _ in 0..<1 + draws.below(8) {
                let value = range.lowerBound + UInt32(draws.below(range.count))
                if let scalar = Unicode.Scalar(value) { text.append(scalar) }
            }
        } else {
            let count = draws.oneIn(64) ? 1 << draws.below(12) : 1 + draws.below(3)
            for _ in 0..<count { text.append(contentsOf: draws.pick(pieces[...]).unicodeScalars) }
        }
    }
}
