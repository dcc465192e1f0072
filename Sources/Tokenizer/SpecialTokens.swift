/// The tokens that stand for themselves in a text, when a caller allows them to.
struct SpecialTokens: Sendable {
    /// Longest first, so that of two that begin alike the longer is found.
    private let tokens: [(text: [UInt8], id: Int32)]
    /// For each byte, whether any of them begins with it.
    private let begins: [Bool]

    init(_ ids: [String: Int32]) {
        tokens = ids.map { (Array($0.key.utf8), $0.value) }.sorted { ($0.text.count, $1.id) > ($1.text.count, $0.id) }
        let firstBytes = Set(tokens.compactMap(\.text.first))
        begins = (UInt8.min...UInt8.max).map(firstBytes.contains)
    }

    /// The next special token at or after an offset.
    func next(in text: Span<UInt8>, from start: Int) -> (range: Range<Int>, id: Int32)? {
        guard !tokens.isEmpty else { return nil }
        for offset in start..<text.count where begins[Int(text[offset])] {
            for (token, id) in tokens where offset + token.count <= text.count {
                if token.indices.allSatisfy({ text[offset + $0] == token[$0] }) { return (offset..<offset + token.count, id) }
            }
        }
        return nil
    }
}
