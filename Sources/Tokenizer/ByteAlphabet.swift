/// GPT-2's spelling of bytes as visible characters, in which its vocabulary files are written.
///
/// The 188 printable bytes stand for themselves; the other 68, in ascending order, are U+0100, U+0101 and so on: a space is `Ġ`.
/// *Source:* `bytes_to_unicode` in `encoder.py` of github.com/openai/gpt-2.
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            if isPrintable(byte) { return Unicode.Scalar(byte) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? "\u{FFFD}"
        }
    }()

    private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
        uniqueKeysWithValues: zip(scalars, UInt8.min...UInt8.max)
    )

    private static func isPrintable(_ byte: UInt8) -> Bool {
        // "!" to "~", "¡" to "¬", "®" to "ÿ".
        (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
    }

    /// The bytes that a vocabulary entry stands for; nil if it holds a character that is not in the alphabet.
    static func bytes(of symbol: String) -> [UInt8]? {
        var result: [UInt8] = []
        for scalar in symbol.unicodeScalars {
            guard let byte = bytes[scalar] else { return nil }
            result.append(byte)
        }
        return result
    }

    /// A byte's vocabulary entry.
    static func symbol(of byte: UInt8) -> String { String(Character(scalars[Int(byte)])) }
}
