import Testing
import Tokenizer

/// Byte-pair merging against the definition, and its cost.
@Suite struct WordMergerTests {
    /// The definition: of all adjacent pairs that merge, the one of lowest rank, leftmost first, until there is none.
    private func naive(_ word: String, _ vocab: [String: Int], _ ranks: [[String]: Int]) -> [Int32] {
        var symbols = word.map(String.init)
        while let place = symbols.indices.dropLast().filter({ ranks[[symbols[$0], symbols[$0 + 1]]] != nil })
            .min(by: { (ranks[[symbols[$0], symbols[$0 + 1]]] ?? 0, $0) < (ranks[[symbols[$1], symbols[$1 + 1]]] ?? 0, $1) })
        {
            symbols[place] += symbols.remove(at: place + 1)
        }
        return symbols.compactMap { vocab[$0].map(Int32.init) }
    }

    /// Merges in random order: results may merge with a lower rank than their own, which no trained vocabulary shows.
    private func randomMerges(over letters: String, count: Int, _ generator: inout SeededGenerator) -> [(String, String)] {
        var tokens = letters.map(String.init)
        var merges: [(String, String)] = []
        while merges.count < count {
            guard let left = tokens.randomElement(using: &generator), let right = tokens.randomElement(using: &generator) else {
                break
            }
            if (left + right).count > 12 || merges.contains(where: { $0 == (left, right) }) { continue }
            merges.append((left, right))
            if !tokens.contains(left + right) { tokens.append(left + right) }
        }
        return merges.shuffled(using: &generator)
    }

    @Test(arguments: 0..<24 as Range<UInt64>)
    func `short and long words get the ids of the definition`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let letters = ["a", "ab", "abcd"][Int(seed) % 3]
        let merges = randomMerges(over: letters, count: [3, 12, 40][Int(seed) / 3 % 3], &generator)
        var vocab = ByteVocabulary.tokens
        for (left, right) in merges where vocab[left + right] == nil { vocab[left + right] = vocab.count }
        let tokenizer = try Tokenizer(vocab: vocab, merges: merges)
        let ranks = Dictionary(uniqueKeysWithValues: merges.enumerated().map { ([$1.0, $1.1], $0) })
        // Lengths on both sides of 256, where the algorithm changes.
        for length in [1, 2, 3, 7, 30, 100, 255, 256, 257, 258, 401] {
            let word = String((0..<length).compactMap { _ in letters.randomElement(using: &generator) })
            #expect(tokenizer.encode(word) == naive(word, vocab, ranks), "seed \(seed), \(word)")
        }
    }

    static let hostile = ["a", " ", "ab", "the", "=", "語", "👩‍👩‍👧‍👦", "\u{301}", "qzjxkvwy"]

    @Test(arguments: Reference.present, hostile)
    func `work grows in proportion to the text`(_ reference: Reference, _ unit: String) throws {
        let tokenizer = try reference.tokenizer()
        let work = try [100_000, 200_000].map { bytes throws in
            var encoder = tokenizer.makeEncoder()
            let text = String(repeating: unit, count: bytes / unit.utf8.count)
            var ids: [Int32] = []
            encoder.encode(text, into: &ids)
            #expect(try tokenizer.decode(ids) == Array(text.utf8))
            return encoder.lookups
        }
        // A byte is asked about once at the start, and each of at most n - 1 merges asks about a popped entry (of which at most
        // two are pushed per merge) and two new neighbours.
        #expect(work[1] <= 6 * 200_000)
        #expect(Double(work[1]) <= 2.1 * Double(work[0]) + 100, "\(work)")
    }
}

/// A vocabulary of nothing but the 256 bytes, as GPT-2 spells them.
enum ByteVocabulary {
    static let tokens: [String: Int] = {
        var tokens: [String: Int] = [:]
        var other: UInt32 = 256
        for byte in 0..<256 as Range<UInt32> {
            let printable = 33...126 ~= byte || 161...172 ~= byte || byte >= 174
            guard let scalar = Unicode.Scalar(printable ? byte : other) else { continue }
            if !printable { other += 1 }
            tokens[String(Character(scalar))] = Int(byte)
        }
        return tokens
    }()
}
