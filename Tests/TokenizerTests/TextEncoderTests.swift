import Foundation
import Testing
import Tokenizer

/// Encoding many texts with one encoder.
@Suite struct TextEncoderTests {
    @Test(arguments: Reference.present)
    func `remembered words change nothing`(_ reference: Reference) throws {
        let tokenizer = try reference.tokenizer()
        var encoder = tokenizer.makeEncoder()
        var generator = SeededGenerator(seed: 7)
        // More different words than the cache has slots, many of the longest length that is remembered and one more.
        for round in 0..<4000 {
            let words = (0..<8).map { _ in
                String(
                    (0..<Int.random(in: 1...17, using: &generator)).compactMap { _ in "aeinrst".randomElement(using: &generator) }
                )
            }
            let text = words.joined(separator: " ")
            var ids: [Int32] = []
            encoder.encode(text, into: &ids)
            encoder.encode(text, into: &ids)
            let once = tokenizer.encode(text)
            try #require(ids == once + once, "round \(round): \(text)")
        }
    }

    @Test func `ids are appended`() throws {
        let tokenizer = try Reference.demo.tokenizer()
        var encoder = tokenizer.makeEncoder()
        var ids: [Int32] = [7]
        encoder.encode("Mary", into: &ids)
        try encoder.encode(Array("<|endoftext|>".utf8).span, allowSpecial: true, into: &ids)
        #expect(ids == [7] + tokenizer.encode("Mary") + [try #require(tokenizer.bos)])
    }

    @Test func `bytes that are not UTF-8 leave what was there`() throws {
        var encoder = try Reference.demo.tokenizer().makeEncoder()
        var ids: [Int32] = [7]
        #expect(throws: TokenizerError.invalidUTF8(offset: 2)) { try encoder.encode([0x61, 0x20, 0xFF].span, into: &ids) }
        #expect(ids == [7])
    }

    @Test(
        .enabled(if: References.exists(References.text), "the text is not at ../shared/data/text"), arguments: Reference.present)
    func `a long text is the same in one piece and with few questions to the merge table`(_ reference: Reference) throws {
        let tokenizer = try reference.tokenizer()
        let text = try References.bytes(References.text)
        let ids = try tokenizer.encode(text)
        #expect(try tokenizer.decode(ids) == text)
        var encoder = tokenizer.makeEncoder()
        var again: [Int32] = []
        try encoder.encode(text.span, into: &again)
        #expect(again == ids)
        // English repeats itself: without the cache there are more questions than bytes.
        #expect(encoder.lookups < text.count / 3, "\(encoder.lookups) questions for \(text.count) bytes")
    }
}
