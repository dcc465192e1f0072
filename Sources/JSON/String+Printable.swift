extension String {
    /// The text with everything in it that would move a terminal's cursor, change its state or the direction of writing, or end a line
    /// of a log, written as Swift writes it: `\n`, `\u{1b}`.
    ///
    /// *Source:* Unicode 16, general categories Cc, Zl and Zp, and the property Bidi_Control.
    public var printable: String {
        guard unicodeScalars.contains(where: \.isCommand) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isCommand: text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isCommand: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
