import Foundation
import JSON
import Testing
import Tokenizer

/// Ids against those of the tokenizers package.
///
/// Without GPT-2's files in ../shared/data, the demonstration vocabulary alone.
@Suite struct ReferenceTests {
    @Test(arguments: Reference.present)
    func `the ids of ten thousand strings are those of the tokenizers package`(_ reference: Reference) throws {
        let tokenizer = try reference.tokenizer()
        var encoder = tokenizer.makeEncoder()
        var compared = 0
        for line in try References.lines("strings.jsonl") {
            let json = try JSON(parsing: Array(line))
            let text = try #require(json["text"]?.string)
            let expected = try #require(json[reference.rawValue]?.string)
            let ids = tokenizer.encode(text)
            if let full = json["ids"]?[reference.rawValue]?.array {
                try #require(ids.map { .integer(Int($0)) } == full, "\(text.debugDescription)")
            }
            try #require(
                String(References.Digest.of(ids), radix: 16) == unpadded(expected), "\(text.debugDescription) gives \(ids)")
            try #require(try tokenizer.decode(ids) == Array(text.utf8), "\(text.debugDescription) does not come back")
            var again: [Int32] = []
            encoder.encode(text, into: &again)
            try #require(again == ids, "\(text.debugDescription) with remembered words gives \(again)")
            compared += 1
        }
        #expect(compared >= 10_000)
    }

    @Test(arguments: Reference.trained + [.probe])
    func `every scalar alone and after a letter, a digit, a sign and a space has the ids of the tokenizers package`(
        _ reference: Reference
    )
        throws
    {
        let tokenizer = try reference.tokenizer()
        var encoder = tokenizer.makeEncoder()
        let block = 4096
        var compared = 0
        for line in try References.lines("scalars.\(reference).txt") {
            let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
            let first = try #require(UInt32(fields[0], radix: 16))
            var alone = References.Digest()
            var between = References.Digest()
            for scalar in (first..<first + UInt32(block)).compactMap(Unicode.Scalar.init) {
                for (text, isAlone) in [(String(Character(scalar)), true), ("a\(scalar)1\(scalar)!\(scalar) \(scalar)", false)] {
                    var ids: [Int32] = []
                    encoder.encode(text, into: &ids)
                    if try tokenizer.decode(ids) != Array(text.utf8) {
                        Issue.record("\(text.debugDescription) does not come back")
                    }
                    for id in ids + [-1] { if isAlone { alone.add(id) } else { between.add(id) } }
                }
                compared += 1
            }
            #expect(String(alone.value, radix: 16) == unpadded(fields[1]), "a scalar of the block at \(fields[0]), alone")
            #expect(
                String(between.value, radix: 16) == unpadded(fields[2]), "a scalar of the block at \(fields[0]), among others")
        }
        #expect(compared == 1_112_064)
    }

    @Test(
        .enabled(
            if: References.exists(References.gpt2) && References.exists(References.naughty),
            "GPT-2's vocabulary and the list are not at ../shared/data"))
    func `naughty strings have the ids of the tokenizers package`() throws {
        let tokenizer = try Reference.gpt2.tokenizer()
        let strings = try #require(JSON(parsing: References.bytes(References.naughty)).array)
        let digests = try References.lines("blns.gpt2.txt").map { String(decoding: $0, as: UTF8.self) }
        try #require(strings.count == digests.count)
        for (json, digest) in zip(strings, digests) {
            let text = try #require(json.string)
            let ids = tokenizer.encode(text)
            #expect(String(References.Digest.of(ids), radix: 16) == unpadded(digest), "\(text.debugDescription) gives \(ids)")
            #expect(try tokenizer.decode(ids) == Array(text.utf8))
        }
    }

    @Test(arguments: Reference.trained)
    func `end-of-text is a token only when it is asked for`(_ reference: Reference) throws {
        let tokenizer = try reference.tokenizer()
        for line in try References.lines("special.jsonl") {
            let json = try JSON(parsing: Array(line))
            let text = try #require(json["text"]?.string)
            for (allowSpecial, key) in [(false, "plain"), (true, "special")] {
                let expected = try #require(json[key]?[reference.rawValue]?.array)
                let ids = tokenizer.encode(text, allowSpecial: allowSpecial)
                #expect(ids.map { .integer(Int($0)) } == expected, "\(text.debugDescription), \(key)")
                #expect(try tokenizer.decode(ids) == Array(text.utf8))
            }
        }
    }

    /// Digests in the fixtures have all sixteen digits, `String(_:radix:)` writes no leading zeros.
    private func unpadded(_ digest: some StringProtocol) -> String {
        UInt64(digest, radix: 16).map { String($0, radix: 16) } ?? "?"
    }
}
