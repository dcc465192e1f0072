public import Tensors

/// The active features of sequences of one length, by token.
public struct SequenceTokens: Sendable {
    /// How many sequences there are.
    public let sequences: Int
    /// T, tokens in each.
    public let length: Int
    /// F, how many features there are.
    public let features: Int
    private let rows: SparseRows

    /// The rows of all sequences, one after the other.
    ///
    /// - Parameters:
    ///   - sequences: Each with T rows.
    ///   - features: F.
    public init(_ sequences: [SparseRows], features: Int) {
        let length = sequences.first?.rows ?? 0
        precondition(sequences.allSatisfy { $0.rows == length }, "sequences of \(sequences.map(\.rows)) tokens")
        (self.sequences, self.length, self.features) = (sequences.count, length, features)
        rows = sequences.reduce(into: SparseRows()) { $0.append(contentsOf: $1) }
        precondition(rows.indices.allSatisfy { 0 <= $0 && $0 < features }, "a feature is not one of \(features)")
    }

    /// Calls `body` with offsets, features and values.
    func withPointers<Result>(
        _ body: (UnsafePointer<Int>?, UnsafePointer<Int32>?, UnsafePointer<Float>?) -> Result
    ) -> Result {
        unsafe rows.offsets.withUnsafeBufferPointer { o in
            unsafe rows.indices.withUnsafeBufferPointer { i in
                unsafe rows.values.withUnsafeBufferPointer { v in unsafe body(o.baseAddress, i.baseAddress, v.baseAddress) }
            }
        }
    }
}
