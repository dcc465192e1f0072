/// GPT-2's byte-level byte-pair encoding: text to token ids and back.
///
/// 1. `WordSplitter` cuts the text into words, which tokens never cross.
/// 2. `WordMerger` takes a word's bytes as tokens and merges pairs, in the order of preference that training found.
///
/// Every byte is a token, so every text has ids and `decode(encode(text))` is the text, byte for byte.
/// A value never changes and can be used from any number of threads.
public struct Tokenizer: Sendable {
    let vocabulary: Vocabulary
    let merges: MergeTable
    let special: SpecialTokens

    /// The spelling of the token that stands before and between GPT-2's documents.
    public static let endOfText = "<|endoftext|>"

    /// A tokenizer from a vocabulary and merges in order of preference, spelt in GPT-2's byte alphabet (`Ġthe`).
    ///
    /// `<|endoftext|>`, if the vocabulary has it, is a special token.
    /// - Throws: ``TokenizerError`` if ids have holes or repetitions, a byte has no token, or a merge names an unknown one.
    public init(vocab: [String: Int], merges: [(String, String)]) throws(TokenizerError) {
        var parts = TokenizerParts(vocab: vocab.map { ($0.key, $0.value) })
        parts.merges = merges.enumerated().map { Merge(left: $1.0, right: $1.1, place: .element($0)) }
        try self.init(parts)
    }

    init(_ parts: TokenizerParts) throws(TokenizerError) {
        let names = parts.special
        vocabulary = try Vocabulary(tokens: parts.vocab, special: names)
        merges = try MergeTable(merges: parts.merges, vocabulary: vocabulary)
        var ids: [String: Int32] = [:]
        for name in names { ids[name] = vocabulary.id(ofSymbol: name) }
        special = SpecialTokens(ids)
    }
}

// MARK: - Tokens

extension Tokenizer {
    /// The number of tokens; ids are 0 to `d_vocab - 1`.
    public var d_vocab: Int { vocabulary.d_vocab }

    /// The id of `<|endoftext|>`, which GPT-2 also uses as beginning-of-sequence, if the vocabulary has it.
    public var bos: Int32? { id(ofSymbol: Tokenizer.endOfText) }

    /// The id of a token by its spelling in the vocabulary (`Ġthe`), or nil.
    public func id(ofSymbol symbol: String) -> Int32? { vocabulary.id(ofSymbol: symbol) }

    /// The id of a text that is exactly one token (` the`), or nil if it becomes none or several.
    public func id(ofText text: String) -> Int32? {
        let ids = encode(text)
        return ids.count == 1 ? ids[0] : nil
    }

    /// A token's spelling in the vocabulary (`Ġthe`): visible, different for every token, and exact.
    ///
    /// - Throws: ``TokenizerError/unknownID(_:position:d_vocab:)``.
    public func symbol(_ id: Int32) throws(TokenizerError) -> String {
        try check(id)
        return vocabulary.symbols[Int(id)]
    }

    /// A token as text for display (` the`).
    ///
    /// Bytes that are no whole character become U+FFFD; ``bytes(_:)`` is exact.
    ///
    /// - Throws: ``TokenizerError/unknownID(_:position:d_vocab:)``.
    public func piece(_ id: Int32) throws(TokenizerError) -> String { String(decoding: try bytes(id), as: UTF8.self) }

    /// The bytes that a token stands for; they may be a part of a character.
    ///
    /// - Throws: ``TokenizerError/unknownID(_:position:d_vocab:)``.
    public func bytes(_ id: Int32) throws(TokenizerError) -> [UInt8] {
        try check(id)
        return Array(vocabulary.bytes(of: id))
    }

    private func check(_ id: Int32, position: Int = 0) throws(TokenizerError) {
        guard vocabulary.contains(id) else { throw .unknownID(id, position: position, d_vocab: d_vocab) }
    }
}

// MARK: - Text to ids and back

extension Tokenizer {
    /// Texts from this many bytes on are encoded with a cache of words, which pays for its set-up there.
    private static let cachedLength = 1 << 16

    /// The ids of a text.
    ///
    /// - Parameters:
    ///   - text: any string; the empty one has no ids.
    ///   - allowSpecial: whether `<|endoftext|>` in the text is the token rather than thirteen characters.
    /// - Complexity: O(n log n) in the worst case, whatever the text.
    public func encode(_ text: String, allowSpecial: Bool = false) -> [Int32] {
        var encoder = TextEncoder(self, remembersWords: text.utf8.count >= Tokenizer.cachedLength)
        var ids: [Int32] = []
        encoder.encode(text, allowSpecial: allowSpecial, into: &ids)
        return ids
    }

    /// The ids of UTF-8 bytes; see ``encode(_:allowSpecial:)-(String,_)``.
    ///
    /// - Throws: ``TokenizerError/invalidUTF8(offset:)``.
    public func encode(_ utf8: [UInt8], allowSpecial: Bool = false) throws(TokenizerError) -> [Int32] {
        var encoder = TextEncoder(self, remembersWords: utf8.count >= Tokenizer.cachedLength)
        var ids: [Int32] = []
        try encoder.encode(utf8.span, allowSpecial: allowSpecial, into: &ids)
        return ids
    }

    /// An encoder for many texts in a row.
    public func makeEncoder() -> TextEncoder { TextEncoder(self, remembersWords: true) }

    /// The bytes that ids stand for; a list that cuts a character in two gives bytes that are not UTF-8.
    ///
    /// - Throws: ``TokenizerError/unknownID(_:position:d_vocab:)``.
    public func decode(_ ids: [Int32]) throws(TokenizerError) -> [UInt8] {
        var bytes: [UInt8] = []
        for (position, id) in ids.enumerated() {
            try check(id, position: position)
            bytes.append(contentsOf: vocabulary.bytes(of: id))
        }
        return bytes
    }

    /// The text that ids stand for; bytes that are no whole character become U+FFFD.
    ///
    /// - Throws: ``TokenizerError/unknownID(_:position:d_vocab:)``.
    public func decodeText(_ ids: [Int32]) throws(TokenizerError) -> String { String(decoding: try decode(ids), as: UTF8.self) }
}
