private import Kernels
private import Tensors

/// The singular decompositions of a layer's OV maps, W_V·W_O = U·diag(s)·Vᵀ: what each head reads, how strongly, and what it writes for it.
public struct OVDecompositions: Sendable {
    /// One head's.
    public struct Head: Sendable {
        /// [rank, D] the directions that values are read from, as rows.
        public let reads: [Float]
        /// [rank] the singular values, descending.
        public let s: [Float]
        /// [rank, D] the directions that are written, as rows.
        public let writes: [Float]
    }

    /// One for each head.
    public let heads: [Head]

    /// How far a decomposition may be from its map, as a share of the map's largest entry.
    ///
    /// *Source:* specification 2.1, which asks it of QK maps.
    static let tolerance: Float = 1e-4

    /// Decomposes each head's map and verifies it.
    ///
    /// - Parameters:
    ///   - maps: The layer's.
    ///   - layer: Its number, for the error.
    /// - Throws: ``OVDecompositionError`` for the first head whose vectors do not make its map again.
    /// - Complexity: for GPT-2 small about 0.1 s a layer on one core; the heads are shared among the kernels' threads.
    public init(_ maps: HeadMaps, layer: Int) throws(OVDecompositionError) {
        var found = [(head: Head, error: Float, largest: Float)?](repeating: nil, count: maps.n_heads)
        inParallel(&found) { number, result in result = Self.decompose(maps, number) }
        var heads: [Head] = []
        for (number, result) in found.enumerated() {
            guard let result else { preconditionFailure("head \(number) was not decomposed") }
            // So that a number that is not one does not pass.
            guard result.error <= Self.tolerance * result.largest else {
                throw OVDecompositionError(
                    place: HeadPlace(layer: layer, head: number), deviation: result.error, largest: result.largest)
            }
            heads.append(result.head)
        }
        self.heads = heads
    }

    private static func decompose(_ maps: HeadMaps, _ head: Int) -> (head: Head, error: Float, largest: Float) {
        let (D, K) = (maps.d_model, maps.d_head)
        var A: [Float] = [], B = [Float](scratch: D * K)
        A.reserveCapacity(D * K)
        for d in 0..<D { A += maps.W_V[d * D + head * K..<d * D + (head + 1) * K] }
        for k in 0..<K { for d in 0..<D { B[d * K + k] = maps.W_O[(head * K + k) * D + d] } }
        let found = ProductDecomposition(A.span, B.span, width: K), rank = found.rank
        var difference = product(D, D, K, A, B, transposeB: true)
        let largest = magnitude(difference)
        var scaled = found.U
        for index in scaled.indices { scaled[index] *= found.s[index % rank] }
        var span = difference.mutableSpan
        gemm(D, D, rank, scaled.span, found.V.span, into: &span, alpha: -1, beta: 1, transposeB: true)
        let parts = Head(reads: rows(found.U, rank), s: found.s, writes: rows(found.V, rank))
        return (parts, magnitude(difference), largest)
    }

    /// [rank, D] from [D, rank].
    private static func rows(_ columns: [Float], _ rank: Int) -> [Float] {
        let D = columns.count / rank
        var rows = [Float](scratch: columns.count)
        for d in 0..<D { for k in 0..<rank { rows[k * D + d] = columns[d * rank + k] } }
        return rows
    }

    /// The largest magnitude; not a number if one of them is not.
    private static func magnitude(_ values: [Float]) -> Float {
        values.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, abs($1)) }
    }
}

/// A decomposition of an OV map that is not that of the map it was made from; it is not used.
public struct OVDecompositionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The head.
    public let place: HeadPlace
    /// max |U·diag(s)·Vᵀ − W_V·W_O|.
    public let deviation: Float
    /// max |W_V·W_O|.
    public let largest: Float

    /// One sentence with the numbers.
    public var description: String {
        "the OV map of head \(place) is off by \(deviation) from its singular decomposition; allowed is "
            + "\(OVDecompositions.tolerance) of its largest entry \(largest)"
    }
}
