import Testing
import Tokenizer

/// Tokens one by one, and what is refused.
@Suite struct TokenizerTests {
    let demo: Tokenizer

    init() throws { demo = try Reference.demo.tokenizer() }

    @Test func `the demonstration vocabulary is as its file says`() throws {
        #expect(demo.d_vocab == 1024)
        #expect(demo.bos == 0)
        #expect(try demo.symbol(0) == "<|endoftext|>")
        #expect(demo.id(ofSymbol: "!") == 1)
        #expect(demo.id(ofSymbol: "no such token") == nil)
    }

    @Test func `every token is found again by its symbol, and its bytes are what decode gives`() throws {
        for id in 0..<Int32(demo.d_vocab) {
            #expect(demo.id(ofSymbol: try demo.symbol(id)) == id)
            #expect(try demo.decode([id]) == demo.bytes(id))
            #expect(try demo.piece(id) == demo.decodeText([id]))
        }
    }

    @Test func `a piece is text and a symbol is exact`() throws {
        let the = try #require(demo.id(ofText: " the"))
        #expect(try demo.piece(the) == " the")
        #expect(try demo.symbol(the) == "Ġthe")
        let lead = try #require(demo.encode("語").first)
        #expect(try demo.piece(lead) == "\u{FFFD}")
        #expect(try demo.bytes(lead) == [0xE8])
    }

    @Test func `a text of no token or of several is no single token`() {
        #expect(demo.id(ofText: "") == nil)
        #expect(demo.id(ofText: "two words") == nil)
    }

    @Test func `symbols are compared byte by byte, not by canonical equivalence`() throws {
        var vocab = ByteVocabulary.tokens
        vocab["ab"] = 256
        let tokenizer = try Tokenizer(vocab: vocab, merges: [("a", "b")])
        #expect(tokenizer.id(ofSymbol: "\u{E9}") == 0xE9)
        #expect(tokenizer.id(ofSymbol: "e\u{301}") == nil)
        #expect(tokenizer.bos == nil)
    }

    @Test(
        arguments: [
            ([0xFF], 0), ([0x61, 0xC3], 1), ([0x61, 0x62, 0xE8, 0xAA, 0x61], 2), ([0xED, 0xA0, 0x80], 0), ([0xC0, 0x80], 0),
            ([0xF4, 0x90, 0x80, 0x80], 0), ([0x20, 0x80], 1),
        ] as [([UInt8], Int)])
    func `bytes that are not UTF-8 are refused at their offset`(_ bytes: [UInt8], _ offset: Int) {
        #expect(throws: TokenizerError.invalidUTF8(offset: offset)) { try demo.encode(bytes) }
    }

    @Test func `valid bytes and their string have the same ids`() throws {
        let text = "When Mary and John went to the store, 語 👩‍👧 \0"
        #expect(try demo.encode(Array(text.utf8)) == demo.encode(text))
    }

    @Test(arguments: [-1, 1024, .min, .max] as [Int32])
    func `an id outside the vocabulary is refused with its position`(_ id: Int32) {
        let error = TokenizerError.unknownID(id, position: 2, d_vocab: 1024)
        #expect(throws: error) { try demo.decode([0, 1, id]) }
        #expect(throws: TokenizerError.unknownID(id, position: 0, d_vocab: 1024)) { try demo.piece(id) }
        #expect(error.description == "token id \(id) at position 2 is outside the vocabulary (0 to 1023)")
    }
}
