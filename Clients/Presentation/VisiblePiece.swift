extension String {
    /// A token's text with everything visible: spaces as `·`, newlines as `⏎`, tabs as `⇥`, other control characters as pictures.
    ///
    /// What a terminal would act on never reaches it.
    public var visiblePiece: String {
        guard !isEmpty else { return "∅" }
        var visible = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x20: visible += "·"
            case 0x0A: visible += "⏎"
            case 0x09: visible += "⇥"
            case 0..<0x20:
                // U+2400 and the following are the pictures of the control characters, in their order.
                visible.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
            case 0x7F: visible += "\u{2421}"
            case 0x80..<0xA0, 0x200B...0x200F, 0x202A...0x202E, 0x2066...0x2069: visible += "\u{FFFD}"
            default: visible.unicodeScalars.append(scalar)
            }
        }
        return visible
    }

    /// A text in quotes, as it is spoken of in a sentence.
    public var quotedPiece: String {
        var quoted = ""
        for scalar in unicodeScalars {
            if scalar == " " { quoted += " " } else { quoted += String(scalar).visiblePiece }
        }
        return "'\(quoted)'"
    }

    /// The text with spaces behind (or before) it, up to a width in columns.
    func padded(to width: Int, leading: Bool = false) -> String {
        let fill = String(repeating: " ", count: max(0, width - displayWidth))
        return leading ? fill + self : self + fill
    }

    /// How many columns the text takes: two per East Asian wide character, one per any other.
    ///
    /// *Source:* Unicode Standard Annex 11, the large blocks only.
    var displayWidth: Int {
        reduce(0) { width, character in
            switch character.unicodeScalars.first?.value ?? 0 {
            case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
                0xFF00...0xFF60,
                0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                width + 2
            default: width + 1
            }
        }
    }
}
