import Kernels

/// Queries `first ..< first + rows` of one head, whose keys are `0 ..< first + rows`.
struct QueryBlock {
    /// Queries a block holds at most: few columns beyond the diagonal, and enough for the matrix product.
    static let most = 64

    let rows, first: Int
    /// The head's first column in [T, H·K].
    let column: Int
    let d_out, d_head: Int
    /// Elements from one row of scores to the next.
    let stride: Int
    /// What scores are multiplied by.
    let attn_scale: Float

    /// The block's scores, [rows, stride], from queries and keys in [T, H·K].
    func scores(_ q: Span<Float>, _ k: Span<Float>, into scores: inout [Float]) {
        var out = scores.mutableSpan
        gemm(
            rows, first + rows, d_head, q.extracting(droppingFirst: first * d_out + column), k.extracting(droppingFirst: column),
            into: &out, alpha: attn_scale, transposeB: true, lda: d_out, ldb: d_out, ldc: stride)
    }
}
