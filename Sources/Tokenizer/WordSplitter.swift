/// Cuts text into the words inside which byte pairs may merge.
///
/// This is GPT-2's pattern, by hand:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// 1. An apostrophe followed by one of the seven endings is a word of its own.
/// 2. Otherwise a run of letters, of numbers, or of other characters that are not white space is a word, together with **one**
///    U+0020 before it.
/// 3. Otherwise the word begins with white space that (2) cannot use. The whole run is a word if the text ends with it; else the
///    run leaves its last character to the next word, unless that would leave nothing.
///
/// Every character is looked at once or twice, so cutting is linear in the text.
/// *Source:* `encoder.py` of github.com/openai/gpt-2.
struct WordSplitter: Sendable {
    private let classes = CharacterClass.basicPlane

    private static let space = UInt8(ascii: " ")
    private static let apostrophe = UInt8(ascii: "'")

    /// The end of the word that begins at `start`.
    ///
    /// - Parameters:
    ///   - start: a character boundary below `text.count`.
    ///   - text: valid UTF-8; its end is the end of the text, as `(?!\S)` sees it.
    func endOfWord(from start: Int, in text: Span<UInt8>) -> Int {
        let first = text[start]
        if first == WordSplitter.apostrophe, let end = endOfContraction(from: start, in: text) { return end }
        let (firstClass, afterFirst) = character(at: start, in: text)
        guard firstClass == .whitespace else { return endOfRun(of: firstClass, from: afterFirst, in: text) }
        guard afterFirst < text.count else { return afterFirst }
        if first == WordSplitter.space {
            let (secondClass, afterSecond) = character(at: afterFirst, in: text)
            if secondClass != .whitespace { return endOfRun(of: secondClass, from: afterSecond, in: text) }
        }
        return endOfWhitespace(from: start, in: text)
    }

    /// Step 1; nil if what follows the apostrophe is no ending.
    private func endOfContraction(from start: Int, in text: Span<UInt8>) -> Int? {
        guard start + 1 < text.count else { return nil }
        let third = start + 2 < text.count ? text[start + 2] : 0
        return switch (text[start + 1], third) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _): start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            start + 3
        default: nil
        }
    }

    /// Step 2: the end of the run of that class which continues at `start`.
    private func endOfRun(of wanted: CharacterClass, from start: Int, in text: Span<UInt8>) -> Int {
        var end = start
        while end < text.count {
            let (found, next) = character(at: end, in: text)
            if found != wanted { break }
            end = next
        }
        return end
    }

    /// Step 3.
    private func endOfWhitespace(from start: Int, in text: Span<UInt8>) -> Int {
        var last = start
        var end = start
        while end < text.count {
            let (found, next) = character(at: end, in: text)
            if found != .whitespace { return last == start ? end : last }
            last = end
            end = next
        }
        return end
    }

    /// The class of the character at an offset, and the offset of the next one.
    @inline(__always)
    private func character(at offset: Int, in text: Span<UInt8>) -> (class: CharacterClass, next: Int) {
        let lead = text[offset]
        if lead < 0x80 { return (classes[Int(lead)], offset + 1) }
        // The layouts of RFC 3629, section 3: two to four bytes, six bits in each after the first.
        if lead < 0xE0 {
            return (classes[Int(lead & 0x1F) << 6 | bits(offset + 1, text)], offset + 2)
        }
        if lead < 0xF0 {
            return (classes[Int(lead & 0x0F) << 12 | bits(offset + 1, text) << 6 | bits(offset + 2, text)], offset + 3)
        }
        let high = Int(lead & 0x07) << 18 | bits(offset + 1, text) << 12
        let scalar = high | bits(offset + 2, text) << 6 | bits(offset + 3, text)
        return (CharacterClass(searching: UInt32(scalar)), offset + 4)
    }

    @inline(__always)
    private func bits(_ offset: Int, _ text: Span<UInt8>) -> Int { Int(text[offset] & 0x3F) }
}
