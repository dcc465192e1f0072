public import Tensors

/// Whole sequences for the mask: encoded features and the queries and keys to be explained.
public struct MaskBatch: Sendable {
    /// T, tokens in each sequence.
    public let length: Int
    /// One for each sequence: f^Q [T rows].
    public var query: [SparseRows]
    /// One for each sequence: f^K [T rows].
    public var key: [SparseRows]
    /// [B, T, H·K] true queries.
    public var q: [Float]
    /// [B, T, H·K] true keys.
    public var k: [Float]

    /// A batch from its parts.
    public init(length: Int, query: [SparseRows], key: [SparseRows], q: [Float], k: [Float]) {
        precondition(
            query.count == key.count && !query.isEmpty && query.allSatisfy { $0.rows == length }
                && key.allSatisfy { $0.rows == length } && q.count == k.count,
            "\(query.count) and \(key.count) sequences of \(length) tokens, q of \(q.count), k of \(k.count) elements")
        (self.length, self.query, self.key, self.q, self.k) = (length, query, key, q, k)
    }

    /// The features of a batch under frozen transcoders.
    public init(_ pair: TranscoderPair, _ batch: PatternBatch) {
        func sequences(_ side: Transcoder) -> [SparseRows] {
            let rows = side.encode(batch.x.span)
            return (0..<batch.sequences).map { rows.extracting($0 * batch.length..<($0 + 1) * batch.length) }
        }
        self.init(length: batch.length, query: sequences(pair.query), key: sequences(pair.key), q: batch.q, k: batch.k)
    }

    /// B.
    var sequences: Int { query.count }
}
