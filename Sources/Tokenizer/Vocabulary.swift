/// The tokens: an id, a spelling in GPT-2's byte alphabet, and the bytes that it stands for.
struct Vocabulary: Sendable {
    /// The spelling of each id, as the vocabulary file has it.
    let symbols: [String]
    /// The id of each single byte.
    let byteIDs: [Int32]
    /// The bytes of all tokens in the order of their ids; token `id` has those in `offsets[id] ..< offsets[id + 1]`.
    private let bytes: [UInt8]
    private let offsets: [Int]
    /// The number of bytes of each token.
    let lengths: [Int32]
    /// Keyed by the spelling's bytes: strings would compare by canonical equivalence, and a vocabulary does not.
    private let ids: [[UInt8]: Int32]

    /// More tokens than this are refused; the largest published vocabularies have about 260,000.
    static let mostTokens = 1 << 20

    /// The number of tokens.
    var d_vocab: Int { symbols.count }

    /// Checks that ids are 0, 1, 2, … without holes or repetitions and that every byte has a token.
    ///
    /// - Parameters:
    ///   - tokens: in any order.
    ///   - special: spellings that are plain text, not written in the byte alphabet.
    /// - Throws: ``TokenizerError``.
    init(tokens: [(symbol: String, id: Int)], special: Set<String>) throws(TokenizerError) {
        guard tokens.count <= Vocabulary.mostTokens else {
            throw .tooMany(kind: "tokens", count: tokens.count, limit: Vocabulary.mostTokens)
        }
        var symbols = [String?](repeating: nil, count: tokens.count)
        var ids: [[UInt8]: Int32] = Dictionary(minimumCapacity: tokens.count)
        for (symbol, id) in tokens {
            guard id >= 0 else { throw .invalidID(id, symbol: symbol, d_vocab: tokens.count) }
            // Too large an id leaves a hole below it, which is the clearer thing to report.
            guard id < tokens.count else { continue }
            if let first = symbols[id] { throw .duplicateID(id, first: first, second: symbol) }
            symbols[id] = symbol
            if let first = ids.updateValue(Int32(id), forKey: Array(symbol.utf8)) {
                throw .duplicateToken(symbol, first: Int(first), second: id)
            }
        }
        if let hole = symbols.firstIndex(where: { $0 == nil }) { throw .missingID(hole, d_vocab: tokens.count) }
        self.symbols = symbols.compactMap(\.self)
        self.ids = ids
        (bytes, offsets) = Vocabulary.bytes(of: self.symbols, special: special)
        lengths = zip(offsets, offsets.dropFirst()).map { Int32($1 - $0) }
        byteIDs = try Vocabulary.byteIDs(ids)
    }

    /// The bytes of all tokens; a spelling with a character outside the byte alphabet stands for its own UTF-8, as in `tokenizers`.
    private static func bytes(of symbols: [String], special: Set<String>) -> ([UInt8], [Int]) {
        var bytes: [UInt8] = []
        var offsets = [0]
        offsets.reserveCapacity(symbols.count + 1)
        for symbol in symbols {
            let spelt = special.contains(symbol) ? nil : ByteAlphabet.bytes(of: symbol)
            bytes.append(contentsOf: spelt ?? Array(symbol.utf8))
            offsets.append(bytes.count)
        }
        return (bytes, offsets)
    }

    private static func byteIDs(_ ids: [[UInt8]: Int32]) throws(TokenizerError) -> [Int32] {
        var result: [Int32] = []
        for byte in UInt8.min...UInt8.max {
            let symbol = ByteAlphabet.symbol(of: byte)
            guard let id = ids[Array(symbol.utf8)] else { throw .missingByte(byte, symbol: symbol) }
            result.append(id)
        }
        return result
    }

    /// The id of a spelling.
    func id(ofSymbol symbol: String) -> Int32? { ids[Array(symbol.utf8)] }

    /// Whether an id is one of ours.
    func contains(_ id: Int32) -> Bool { id >= 0 && Int(id) < d_vocab }

    /// The bytes that a token stands for.
    func bytes(of id: Int32) -> ArraySlice<UInt8> { bytes[offsets[Int(id)]..<offsets[Int(id) + 1]] }

    /// The number of bytes that a token stands for.
    func length(of id: Int32) -> Int { Int(lengths[Int(id)]) }
}
