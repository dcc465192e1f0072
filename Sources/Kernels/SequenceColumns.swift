public import Tensors

/// The active features of sequences of one length, sorted by sequence and feature instead of by token.
public struct SequenceColumns: Sendable {
    /// How many sequences there are.
    public let sequences: Int
    /// T, tokens in each.
    public let length: Int
    /// F, how many features there are.
    public let features: Int
    /// [sequences, F + 1] feature a's entries in sequence s are `offsets[s·(F + 1) + a] ..< offsets[s·(F + 1) + a + 1]`.
    private let offsets: [Int32]
    /// The entries' tokens in their sequence, ascending within a feature.
    private let tokens: [Int32]
    /// f.
    private let values: [Float]

    /// Counting sort of the rows of each sequence.
    ///
    /// - Parameters:
    ///   - sequences: Each with T rows.
    ///   - features: F.
    public init(_ sequences: [SparseRows], features: Int) {
        let count = sequences.reduce(0) { $0 + $1.count }, length = sequences.first?.rows ?? 0
        precondition(
            sequences.allSatisfy { $0.rows == length } && count <= Int32.max,
            "sequences of \(sequences.map(\.rows)) tokens with \(count) active features")
        (self.sequences, self.length, self.features) = (sequences.count, length, features)
        var offsets = [Int32](repeating: 0, count: sequences.count * (features + 1))
        var tokens = [Int32](repeating: 0, count: count), values = [Float](repeating: 0, count: count)
        var base: Int32 = 0
        for (s, rows) in sequences.enumerated() {
            let start = s * (features + 1)
            precondition(rows.indices.allSatisfy { 0 <= $0 && $0 < features }, "a feature is not one of \(features)")
            for index in rows.indices { offsets[start + Int(index) + 1] += 1 }
            offsets[start] = base
            for feature in 0..<features { offsets[start + feature + 1] += offsets[start + feature] }
            // offsets[a] walks from the start of a's entries to their end, which is the start of a + 1's: shift back afterwards.
            for token in 0..<length {
                for entry in rows.range(token) {
                    let feature = start + Int(rows.indices[entry]), place = Int(offsets[feature])
                    tokens[place] = Int32(token)
                    values[place] = rows.values[entry]
                    offsets[feature] += 1
                }
            }
            for feature in stride(from: features, to: 0, by: -1) { offsets[start + feature] = offsets[start + feature - 1] }
            offsets[start] = base
            base += Int32(rows.count)
        }
        (self.offsets, self.tokens, self.values) = (offsets, tokens, values)
    }

    /// Calls `body` with offsets, tokens and values.
    func withPointers<Result>(
        _ body: (UnsafePointer<Int32>?, UnsafePointer<Int32>?, UnsafePointer<Float>?) -> Result
    ) -> Result {
        unsafe offsets.withUnsafeBufferPointer { o in
            unsafe tokens.withUnsafeBufferPointer { t in
                unsafe values.withUnsafeBufferPointer { v in unsafe body(o.baseAddress, t.baseAddress, v.baseAddress) }
            }
        }
    }
}
