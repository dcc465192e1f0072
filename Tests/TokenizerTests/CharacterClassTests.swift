import Testing
import Tokenizer

/// The table of character classes.
@Suite struct CharacterClassTests {
    @Test func `every class has as many scalars as in the tokenizers package`() {
        var counts = [0, 0, 0, 0]
        for value in 0...0x10FFFF as ClosedRange<UInt32> where Unicode.Scalar(value) != nil {
            counts[Int(CharacterClass(searching: value).rawValue)] += 1
        }
        // As Tests/References/tokenizer/character_classes.py printed them for tokenizers 0.23.3.
        #expect(counts == [969_100, 141_028, 1_911, 25])
    }

    @Test func `ASCII is classified as everyone expects`() {
        for value in 0..<128 as Range<UInt32> {
            let expected: CharacterClass =
                switch value {
                case 0x09...0x0D, 0x20: .whitespace
                case 0x30...0x39: .number
                case 0x41...0x5A, 0x61...0x7A: .letter
                default: .other
                }
            #expect(CharacterClass(searching: value) == expected, "U+\(String(value, radix: 16))")
        }
    }
}
