import Foundation
import Testing
import Tokenizer

/// Token ids from `.npy` files; those that NumPy wrote lie in the fixtures, see Tests/References/npy.
@Suite final class TokenArrayTests {
    private let directory: URL
    private let tokenizer: Tokenizer
    private let bos: Int32

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "qklens-ids-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        tokenizer = try Reference.demo.tokenizer()
        bos = try #require(tokenizer.bos)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// A file of version 1.0 with that header and those bytes.
    private func file(_ header: String, _ data: [UInt8]) throws -> TextFile {
        let url = directory.appending(path: "ids.npy"), header = Array(header.utf8)
        let prefix = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 0xFF), UInt8(header.count >> 8)]
        try Data(prefix + header + data).write(to: url)
        return try TextFile(url.path)
    }

    private func bytes(_ ids: [Int], _ width: Int) -> [UInt8] {
        ids.flatMap { id in (0..<width).map { byte in UInt8(truncatingIfNeeded: id >> (8 * byte)) } }
    }

    private func contexts(_ text: TextFile, T: Int, limit: Int? = nil) throws -> [Int32] {
        try Contexts(text, tokenizer: tokenizer, T: T, limit: limit).tokens()
    }

    /// [n, T] with BOS at position 0 of each context.
    private func beginningWithBOS(_ tokens: [Int32], T: Int) -> [Int32] {
        tokens.enumerated().map { place, token in place % T == 0 ? bos : token }
    }

    private func refusal(_ header: String, _ data: [UInt8]) throws -> String {
        let text = try file(header, data)
        let failure = #expect(throws: Contexts.Failure.self) { try Contexts(text, tokenizer: tokenizer, T: 2) }
        return try #require(failure).description
    }

    @Test(arguments: ["u2", "i4", "u4", "i8"])
    func `what NumPy has written is read, one axis as a stream and two as documents`(type: String) throws {
        func fixture(_ name: String) throws -> TextFile {
            try TextFile(References.fixtures.appending(path: "npy/\(name)-\(type).npy").path)
        }
        // The script writes 1, 8, 15, …: as a stream of 23, and as rows of 5.
        let ids = (0..<23).map { Int32($0 * 7 % 1000 + 1) }
        let stream = try contexts(fixture("stream"), T: 4)
        #expect(stream == beginningWithBOS(Array(ids.prefix(20)), T: 4))
        var rows: [Int32] = []
        for row in 0..<4 { rows += [bos] + ids[row * 5..<row * 5 + 5] }
        #expect(try contexts(fixture("rows"), T: 4) == beginningWithBOS(rows, T: 4))
        #expect(try contexts(fixture("rows"), T: 6, limit: 2) == Array(rows.prefix(12)))
    }

    @Test func `rows that begin with BOS are not given a second one`() throws {
        let b = Int(bos)
        let text = try file("{'descr': '<u2', 'fortran_order': False, 'shape': (3, 3), }", bytes([b, 1, 2, b, 3, 4, 5, 6, 7], 2))
        #expect(try contexts(text, T: 3) == [bos, 1, 2, bos, 3, 4, bos, 5, 6])
    }

    @Test func `more ids than are read at a time keep their places`() throws {
        let count = 300_001, ids = (0..<count).map { $0 % 1000 }
        let text = try file("{'descr': '<u2', 'fortran_order': False, 'shape': (\(count),), }", bytes(ids, 2))
        let found = try contexts(text, T: 7)
        #expect(found.count == count / 7 * 7)
        #expect(found == beginningWithBOS(ids.prefix(found.count).map { Int32($0) }, T: 7))
        // The last id but one is outside the vocabulary: found whichever block it is in.
        let spoilt = try file(
            "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 150000), }",
            bytes(Array(ids.prefix(299_998)) + [tokenizer.d_vocab, 0], 4))
        #expect(
            throws: Contexts.Failure.unknownID(
                path: spoilt.path, id: tokenizer.d_vocab, place: [1, 149_998], d_vocab: tokenizer.d_vocab)
        ) { try Contexts(spoilt, tokenizer: tokenizer, T: 7) }
    }

    @Test func `ids outside the vocabulary are refused with their place`() throws {
        for (type, width, id) in [("<i4", 4, -1), ("<i8", 8, -1), ("<i8", 8, 1 << 40), ("<u4", 4, 1 << 31), ("<u2", 2, 65535)] {
            let found = try refusal("{'descr': '\(type)', 'fortran_order': False, 'shape': (3,), }", bytes([1, id, 2], width))
            #expect(
                found.contains("token id \(id) at [1]") && found.contains("0 to \(tokenizer.d_vocab - 1)"), "\(type): \(found)")
        }
    }

    @Test func `other arrays are refused with the reason`() throws {
        func header(_ descr: String = "<u2", _ order: String = "False", _ shape: String = "(3,)") -> String {
            "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape), }"
        }
        let three = bytes([1, 2, 3], 2)
        #expect(try !contexts(file(header(), three), T: 2).isEmpty)
        for (text, data, part) in [
            (header("<f4"), three, "'<f4'"), (header(">i4"), three, "'>i4'"), (header("|u1"), three, "'|u1'"),
            (header("<u2", "True"), three, "Fortran"), (header("<u2", "False", "()"), three, "()"),
            (header("<u2", "False", "(1, 1, 3)"), three, "(1, 1, 3)"), (header("<u2", "False", "(-3,)"), three, "(-3,)"),
            (header("<u2", "False", "(9223372036854775807, 9)"), three, "larger"),
            (header(), three + [0], "6 bytes of ids, but 7"),
            (header(), Array(three.dropLast()), "6 bytes of ids, but 5"), ("{'descr': '<u2'}", three, "header"),
            ("", three, "header"), ("{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (3,)}", three, "header"),
        ] {
            let found = try refusal(text, data)
            #expect(found.contains(part), "\(text): \(found)")
        }
        let other = directory.appending(path: "other.npy")
        for bytes: [UInt8] in [[], [0x93], Array("PK\u{3}\u{4} an archive of arrays".utf8)] {
            try Data(bytes).write(to: other)
            let failure = #expect(throws: Contexts.Failure.self) {
                try Contexts(TextFile(other.path), tokenizer: tokenizer, T: 2)
            }
            #expect(try #require(failure).description.contains("does not begin as a .npy file does"))
        }
    }
}
