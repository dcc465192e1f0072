import Foundation
import JSON
import Testing
import Tokenizer

/// vocab.json and merges.txt: what they may say, and what is refused.
@Suite struct TokenizerFilesTests {
    /// A vocabulary of bytes, `ab` and `abc`, changed by the test.
    private func vocabJSON(_ change: (inout [String: Int]) -> Void = { _ in }) -> [UInt8] {
        var vocab = ByteVocabulary.tokens
        vocab["ab"] = 256
        vocab["abc"] = 257
        change(&vocab)
        var object = JSONObject()
        for (symbol, id) in vocab { object[symbol] = .integer(id) }
        return Array(JSON.object(object).text().utf8)
    }

    private func refusal(vocab: [UInt8], merges: String = "") -> TokenizerError? {
        do {
            _ = try Tokenizer(vocabJSON: vocab, mergesText: Array(merges.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["#version: 0.2\na b\nab c\n", "#version: 0.2\r\na b\r\nab c\r\n", "a b\nab c", "a b\nab c\n"])
    func `merges are read with and without a header, with either line end`(_ merges: String) throws {
        let tokenizer = try Tokenizer(vocabJSON: vocabJSON(), mergesText: Array(merges.utf8))
        #expect(tokenizer.encode("abcab") == [257, 256])
    }

    @Test func `without merges every byte is a token`() throws {
        let tokenizer = try Tokenizer(vocabJSON: vocabJSON(), mergesText: [])
        #expect(tokenizer.encode("ab é") == [0x61, 0x62, 0x20, 0xC3, 0xA9])
    }

    @Test func `a merge that begins with a number sign is a merge`() throws {
        let vocab = vocabJSON { $0["##"] = 258 }
        let tokenizer = try Tokenizer(vocabJSON: vocab, mergesText: Array("#version: 0.2\n# #\n".utf8))
        #expect(tokenizer.encode("###") == [258, 0x23])
    }

    @Test func `ids must be all of 0 to d_vocab - 1`() {
        let duplicate = refusal(vocab: vocabJSON { $0["abc"] = 256 })
        #expect(
            duplicate == .duplicateID(256, first: "ab", second: "abc")
                || duplicate == .duplicateID(256, first: "abc", second: "ab")
        )
        #expect(refusal(vocab: vocabJSON { $0["abc"] = 258 }) == .missingID(257, d_vocab: 258))
        #expect(refusal(vocab: vocabJSON { $0["abc"] = .max }) == .missingID(257, d_vocab: 258))
        #expect(refusal(vocab: vocabJSON { $0["abc"] = -1 }) == .invalidID(-1, symbol: "abc", d_vocab: 258))
    }

    @Test func `all 256 bytes must have a token`() {
        let without = vocabJSON {
            $0["Ġ"] = nil
            $0["abc"] = 0x20
        }
        #expect(refusal(vocab: without) == .missingByte(0x20, symbol: "Ġ"))
    }

    @Test(arguments: ["a", "a b c", " a", "a ", "", "a\tb", "a  b"])
    func `a line that is not two symbols is refused with its number`(_ line: String) {
        #expect(
            refusal(vocab: vocabJSON(), merges: "#version: 0.2\na b\n\(line)\nab c\n") == .malformedMerge(.line(3), text: line))
    }

    @Test(arguments: [("x ab", "xab"), ("no b", "no"), ("a no", "no"), ("#version: 0.2", "#version:")])
    func `a merge of or into an unknown token is refused with its line`(_ line: String, _ unknown: String) {
        let parts = line.split(separator: " ").map(String.init)
        let error = refusal(vocab: vocabJSON(), merges: "#version: 0.2\na b\n\(line)\n")
        #expect(error == .unknownMergeToken(.line(3), left: parts[0], right: parts[1], unknown: unknown))
        #expect("\(error.map(\.description) ?? "")".hasPrefix("line 3 of merges.txt merges"))
    }

    @Test func `a pair that merges twice is refused with both lines`() {
        let error = refusal(vocab: vocabJSON(), merges: "a b\nab c\na b\n")
        #expect(error == .duplicateMerge(.line(3), left: "a", right: "b", earlier: .line(1)))
    }

    @Test func `bytes in merges that are not UTF-8 are refused`() {
        let error = #expect(throws: TokenizerError.self) {
            try Tokenizer(vocabJSON: vocabJSON(), mergesText: [0x61, 0x20, 0xFF])
        }
        #expect(error == .unknownMergeToken(.line(1), left: "a", right: "\u{FFFD}", unknown: "\u{FFFD}"))
    }

    @Test func `a vocabulary must be an object of integers`() throws {
        #expect(
            refusal(vocab: Array("[]".utf8))
                == .unexpectedValue(file: "vocab.json", path: "the file", expected: "an object", found: "array"))
        #expect(
            refusal(vocab: Array("{\"a\":\"b\"}".utf8))
                == .unexpectedValue(file: "vocab.json", path: "\"a\"", expected: "an integer", found: "string")
        )
        #expect(
            refusal(vocab: Array("{\"a\":1.0}".utf8))
                == .unexpectedValue(file: "vocab.json", path: "\"a\"", expected: "an integer", found: "number")
        )
        for text in ["", "{\"a\":1", "{\"a\":1,\"a\":2}"] {
            guard case .invalidJSON(file: "vocab.json", _) = refusal(vocab: Array(text.utf8)) else {
                Issue.record("\(text) gives \(String(describing: refusal(vocab: Array(text.utf8))))")
                continue
            }
        }
    }

    @Test func `more merges than any vocabulary has are refused before they are looked at`() {
        let limit = 1 << 20
        let merges = String(repeating: "x\n", count: limit + 1)
        #expect(refusal(vocab: vocabJSON(), merges: merges) == .tooMany(kind: "merges", count: limit + 1, limit: limit))
    }

    @Test func `a missing directory, a missing file and a directory in a file's place are named`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tokenizer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        func reason() -> String {
            do { return "read: \(try Tokenizer(directory: directory.path).d_vocab)" } catch { return "\(error)" }
        }
        #expect(reason() == "cannot read \(directory.path)/vocab.json: there is no such file, nor a tokenizer.json beside it")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(vocabJSON()).write(to: directory.appending(path: "vocab.json"))
        #expect(reason().hasPrefix("cannot read \(directory.path)/merges.txt: there is no such file"))
        try Data("a b\n".utf8).write(to: directory.appending(path: "merges.txt"))
        #expect(reason() == "read: 258")
        try FileManager.default.createDirectory(
            at: directory.appending(path: "tokenizer.json"), withIntermediateDirectories: true)
        #expect(reason() == "cannot read \(directory.path)/tokenizer.json: it is a directory, not a regular file")
    }

    @Test func `a file beyond the limit is refused by its size, unread`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tokenizer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "tokenizer.json")
        try Data().write(to: path)
        let size = 1 << 29
        let file = try FileHandle(forWritingTo: path)
        try file.truncate(atOffset: UInt64(size))
        try file.close()
        #expect(throws: TokenizerError.oversizedFile(path: path.path, bytes: size, limit: 1 << 25)) {
            try Tokenizer(directory: directory.path)
        }
    }
}
