import Foundation
import Tensors
import Testing
import Tokenizer

/// The rules of cutting, in their plainest form.
private func naiveContexts(_ documents: [[Int32]], T: Int, bos: Int32, limit: Int? = nil) -> [[Int32]] {
    var stream: [Int32] = []
    for document in documents { stream += [bos] + document }
    var contexts: [[Int32]] = []
    while stream.count >= T, contexts.count < limit ?? .max {
        contexts.append([bos] + stream[1..<T])
        stream = Array(stream.dropFirst(T))
    }
    return contexts
}

@Suite final class ContextsTests {
    private let directory: URL
    private let tokenizer: Tokenizer
    private let bos: Int32

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "qklens-contexts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        tokenizer = try Reference.demo.tokenizer()
        bos = try #require(tokenizer.bos)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func text(_ name: String, _ bytes: [UInt8], field: String? = nil) throws -> TextFile {
        let url = directory.appending(path: name)
        try Data(bytes).write(to: url)
        return try TextFile(url.path, field: field)
    }

    private func text(_ name: String, _ string: String, field: String? = nil) throws -> TextFile {
        try text(name, Array(string.utf8), field: field)
    }

    /// The contexts of a text from memory, after checking that those from a file are the same.
    private func contexts(_ text: TextFile, T: Int, limit: Int? = nil) throws -> [[Int32]] {
        let memory = try Contexts(text, tokenizer: tokenizer, T: T, limit: limit)
        let path = directory.appending(path: "\(UUID().uuidString).tokens").path
        var told: [Int] = []
        let file = try Contexts(text, tokenizer: tokenizer, T: T, limit: limit, in: path) { done, of in
            #expect(done <= of)
            told.append(done)
        }
        #expect(told == told.sorted() && !told.isEmpty)
        let all = try (0..<memory.count).map { try memory.context($0) }
        #expect(try memory.tokens() == Array(all.joined()) && file.tokens() == memory.tokens() && file.count == memory.count)
        return all
    }

    private func failure(_ text: TextFile, T: Int = 4) throws -> Contexts.Failure {
        let memory = #expect(throws: Contexts.Failure.self) { try Contexts(text, tokenizer: tokenizer, T: T) }
        let path = directory.appending(path: "refused.tokens").path
        let file = #expect(throws: Contexts.Failure.self) {
            try Contexts(text, tokenizer: tokenizer, T: T, in: path) { _, _ in }
        }
        #expect(memory == file)
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasPrefix("refused.tokens") }
        #expect(left.isEmpty, "a refused text leaves no file, but \(left)")
        return try #require(memory)
    }

    @Test(arguments: [1, 2, 3, 5, 8, 64])
    func `contexts are what the plain rules make, for streams around every boundary`(T: Int) throws {
        let seeds = SeededGenerator(seed: UInt64(T))
        for tokens in [T - 1, T, T + 1, 2 * T - 1, 2 * T, 2 * T + 1, 7 * T].filter({ $0 >= T }) {
            // " the" is one token, so a document's length is known.
            let the = try #require(tokenizer.id(ofText: " the"))
            var generator = seeds, documents: [[Int32]] = [], left = tokens
            while left > 0 {
                let length = Int.random(in: 0..<min(left, 5), using: &generator)
                documents.append(Array(repeating: the, count: length))
                left -= length + 1
            }
            let lines = documents.map { String(repeating: " the", count: $0.count) }
            let expected = naiveContexts(documents, T: T, bos: bos)
            #expect(expected.count == tokens / T)
            for end in ["\n", "\r\n"] {
                #expect(try contexts(text("a.txt", lines.map { $0 + end }.joined()), T: T) == expected)
            }
            let objects = lines.map { "{\"id\": 1, \"text\": \"\($0)\"}\n" }.joined()
            #expect(try contexts(text("a.jsonl", objects), T: T) == expected)
            for limit in [1, expected.count - 1, expected.count, expected.count + 1] where limit > 0 {
                #expect(
                    try contexts(text("a.txt", lines.joined(separator: "\n") + "\n"), T: T, limit: limit)
                        == naiveContexts(documents, T: T, bos: bos, limit: limit))
            }
        }
    }

    @Test func `a text of many megabytes of random bytes is cut as its documents one by one are`() throws {
        var generator = SeededGenerator(seed: 11)
        let letters = Array("abcdefghij klmnop ,.'\"0".utf8)
        // Lines of all lengths, among them some longer than what is read at a time.
        let lines = [0, 1, 5, 1 << 20, (1 << 20) - 1, 3_000_000, 2, 0, 0, 700_000, 12].map { length in
            String(decoding: (0..<length).map { _ in letters[Int(generator.next() % UInt64(letters.count))] }, as: UTF8.self)
        }
        let documents = lines.map { tokenizer.encode($0) }
        let expected = naiveContexts(documents, T: 128, bos: bos)
        #expect(expected.count > 8000)
        #expect(try contexts(text("long.txt", lines.joined(separator: "\n")), T: 128) == expected)
    }

    @Test func `the last line needs no newline, and empty lines are empty documents`() throws {
        let a = tokenizer.encode("When John"), b = tokenizer.encode("and Mary")
        let expected = naiveContexts([[], a, [], [], b], T: 2, bos: bos)
        #expect(try contexts(text("a.txt", "\nWhen John\n\n\nand Mary"), T: 2) == expected)
        #expect(try contexts(text("a.txt", "\r\nWhen John\r\n\r\n\r\nand Mary\r\n"), T: 2) == expected)
        #expect(
            try contexts(text("a.jsonl", "\n{\"b\":\"When John\"}\n\n{\"b\":\"\"}\n{\"b\":\"and Mary\"}", field: "b"), T: 2)
                == expected)
    }

    @Test func `parts and batches are the contexts asked for, in that order`() throws {
        let line = String(repeating: "When John and Mary went to the store ", count: 40)
        let text = try text("a.txt", line)
        let all = try contexts(text, T: 6)
        let path = directory.appending(path: "part.tokens").path
        for whole in [
            try Contexts(text, tokenizer: tokenizer, T: 6), try Contexts(text, tokenizer: tokenizer, T: 6, in: path) { _, _ in },
        ] {
            let part = whole.part(3..<17).part(2..<9)
            #expect(part.count == 7 && part.T == 6)
            #expect(try part.batch([6, 0, 0, 3]) == Array([all[11], all[5], all[5], all[8]].joined()))
            #expect(try part.tokens() == Array(all[5..<12].joined()))
        }
    }

    @Test func `a file that is there is used as it is, unless it was made for something else`() throws {
        let path = directory.appending(path: "kept.tokens").path
        var readings = 0
        func make(_ text: TextFile, T: Int, limit: Int? = nil) throws -> [Int32] {
            try Contexts(text, tokenizer: tokenizer, T: T, limit: limit, in: path) { _, _ in readings += 1 }.tokens()
        }
        let first = try text("first.txt", String(repeating: " the", count: 50))
        let tokens = try make(first, T: 5)
        #expect(try make(first, T: 5) == tokens && readings == 1)
        #expect(try make(first, T: 5, limit: 2) == Array(tokens.prefix(10)) && readings == 2)
        #expect(try make(first, T: 4).count == 48 && readings == 3)
        let bytes = try Data(contentsOf: URL(filePath: path))
        try bytes.dropLast(1).write(to: URL(filePath: path))
        #expect(try make(first, T: 4).count == 48 && readings == 4)
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
    }

    @Test func `a file that was shortened while it is in use is an error, not other tokens`() throws {
        let path = directory.appending(path: "cut.tokens").path
        let text = try text("first.txt", String(repeating: " the", count: 50))
        let contexts = try Contexts(text, tokenizer: tokenizer, T: 5, in: path) { _, _ in }
        try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: 45)
        #expect(try contexts.context(3).count == 5)
        #expect(throws: Contexts.Failure.self) { try contexts.context(4) }
    }

    @Test func `what progress throws ends the work and leaves no file`() throws {
        struct Enough: Error {}
        let path = directory.appending(path: "stopped.tokens").path
        let text = try text("first.txt", String(repeating: " the", count: 50))
        #expect(throws: Enough.self) { try Contexts(text, tokenizer: tokenizer, T: 5, in: path) { _, _ in throw Enough() } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["first.txt"])
    }

    @Test func `what cannot be read is refused with its line`() throws {
        let good = "{\"text\": \"When John\"}\n"
        for (name, string, line, part) in [
            ("a.jsonl", good + "{\"text\": \"a\"", 2, "JSON"), ("a.jsonl", good + good + "[1]\n", 3, "no JSON object"),
            ("a.jsonl", "{\"txt\": \"a\"}\n", 1, "no field 'text', only txt"), ("a.jsonl", "{\"text\": 3}\n", 1, "no text"),
        ] {
            let found = try failure(text(name, string))
            guard case .notAnObject(_, line, _) = found else {
                Issue.record("\(found)")
                continue
            }
            #expect(found.description.contains(part), "\(found)")
        }
        let bytes: [UInt8] = [0x57, 0x0A, 0x57, 0xFF, 0x0A]
        #expect(
            try failure(text("a.txt", bytes)).description.hasPrefix(
                "line 2 of \(directory.path)/a.txt is not text: the text is not valid UTF-8 at byte 1"))
        #expect(try failure(text("a.txt", "a\n")) == .tooShort(path: directory.path + "/a.txt", tokens: 2, T: 4))
        #expect(try failure(text("a.txt", "")) == .tooShort(path: directory.path + "/a.txt", tokens: 0, T: 4))
        #expect(throws: Contexts.Failure.unknownKind(path: "/x/text.parquet")) { try TextFile("/x/text.parquet") }
    }

    @Test func `a document of more than 64 MiB is refused with its line`() throws {
        let limit = 64 << 20
        let long = try text("long.txt", Array("a\n".utf8) + [UInt8](repeating: 0x61, count: limit + 1))
        #expect(throws: Contexts.Failure.tooLong(path: directory.path + "/long.txt", line: 2, limit: limit)) {
            try Contexts(long, tokenizer: tokenizer, T: 4)
        }
    }
}
