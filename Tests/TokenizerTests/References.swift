import Foundation
import JSON
import Tokenizer

/// Where the fixtures lie, and how their digests are made; see Tests/References/tokenizer.
enum References {
    static let here = URL(filePath: #filePath).deletingLastPathComponent()
    static let fixtures = here.appending(path: "Fixtures")
    /// Files of others that are not part of this repository.
    static let shared = here.appending(path: "../../../shared/data").standardizedFileURL
    static let gpt2 = shared.appending(path: "gpt2-tokenizer")
    static let naughty = shared.appending(path: "blns.json")
    static let text = shared.appending(path: "text/us_presidents.txt")

    static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    static func bytes(_ url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }

    static func lines(_ name: String) throws -> [ArraySlice<UInt8>] {
        try bytes(fixtures.appending(path: name)).split(separator: UInt8(ascii: "\n"))
    }

    /// FNV-1a over ids as little-endian 32-bit numbers (*Source:* draft-eastlake-fnv, 64-bit parameters).
    struct Digest {
        private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ id: Int32) {
            var rest = UInt32(bitPattern: id)
            for _ in 0..<4 {
                value = (value ^ UInt64(rest & 0xFF)) &* 0x100_0000_01b3
                rest >>= 8
            }
        }

        static func of(_ ids: [Int32]) -> UInt64 {
            var digest = Digest()
            for id in ids { digest.add(id) }
            return digest.value
        }
    }
}

/// The vocabularies of the references.
enum Reference: String, CaseIterable, CustomStringConvertible {
    case gpt2, demo
    /// `demo` with its merges in the opposite order of preference.
    case reversed
    /// Bytes, and pairs of a letter, a digit, a sign or a space with any byte: its ids show where a text was cut.
    case probe

    var description: String { rawValue }

    /// Those whose files are here; GPT-2's own are not part of this repository.
    static var present: [Reference] { [.gpt2, .demo, .reversed].filter { $0 != .gpt2 || References.exists(References.gpt2) } }

    /// Those that were trained, and so have `<|endoftext|>`.
    static var trained: [Reference] { present.filter { $0 != .reversed } }

    func tokenizer() throws -> Tokenizer {
        let demo = References.fixtures.appending(path: "demo-4l")
        switch self {
        case .gpt2: return try Tokenizer(directory: References.gpt2.path)
        case .demo: return try Tokenizer(directory: demo.path)
        case .reversed:
            let text = String(decoding: try References.bytes(demo.appending(path: "merges.txt")), as: UTF8.self)
            let lines = text.split(separator: "\n").dropFirst().reversed().joined(separator: "\n")
            return try Tokenizer(vocabJSON: References.bytes(demo.appending(path: "vocab.json")), mergesText: Array(lines.utf8))
        case .probe:
            var vocab = ByteVocabulary.tokens
            let bytes = vocab.sorted { $0.value < $1.value }.map(\.key)
            let merges = ["a", "1", "!", "Ġ"].flatMap { first in bytes.map { (first, $0) } }
            for (left, right) in merges { vocab[left + right] = vocab.count }
            return try Tokenizer(vocab: vocab, merges: merges)
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
