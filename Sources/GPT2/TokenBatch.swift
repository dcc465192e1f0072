/// Token sequences of one length.
public struct TokenBatch: Sendable, Hashable {
    /// [B, T] the tokens, row-major.
    public let tokens: [Int32]
    /// The number of sequences.
    public let B: Int
    /// The length of each.
    public let T: Int

    /// A batch from its elements.
    ///
    /// - Precondition: `B` times `T` tokens.
    public init(_ tokens: [Int32], B: Int, T: Int) {
        precondition(tokens.count == B * T, "\(B) sequences of \(T) are \(B * T) tokens, not \(tokens.count)")
        (self.tokens, self.B, self.T) = (tokens, B, T)
    }

    /// One sequence.
    public init(_ tokens: [Int32]) { self.init(tokens, B: 1, T: tokens.count) }

    /// A batch from its rows.
    ///
    /// - Throws: ``GPT2Error/ragged(row:length:expected:)``.
    public init(rows: [[Int32]]) throws(GPT2Error) {
        let length = rows.first?.count ?? 0
        for (row, tokens) in rows.enumerated() where tokens.count != length {
            throw .ragged(row: row, length: tokens.count, expected: length)
        }
        self.init(Array(rows.joined()), B: rows.count, T: length)
    }
}
