private import COpenBLAS

// A product is cut into a grid of blocks of C, one for each thread, as near to squares as the thread count allows: a thread packs the
// rows of op(A) and the columns of op(B) that its block needs, and squares need the fewest.

/// C ← alpha · op(A) · op(B) + beta · C, all row-major, by OpenBLAS's sgemm.
///
/// - Parameters:
///   - m: Rows of op(A) and C.
///   - n: Columns of op(B) and C.
///   - k: Columns of op(A), rows of op(B).
///   - A: [m, k], or [k, m] if `transposeA`; rows `lda` apart.
///   - B: [k, n], or [n, k] if `transposeB`; rows `ldb` apart.
///   - C: [m, n]; rows `ldc` apart.
///   - alpha: Factor of the product.
///   - beta: Factor of what C holds; with 0, C is written without being read.
/// - Precondition: each span reaches to its matrix's last element.
/// - Complexity: 2·m·n·k flops on OpenBLAS's threads.
public func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ A: Span<Float>, _ B: Span<Float>, into C: inout MutableSpan<Float>,
    alpha: Float = 1, beta: Float = 0, transposeA: Bool = false, transposeB: Bool = false,
    lda: Int? = nil, ldb: Int? = nil, ldc: Int? = nil
) {
    if m == 0 || n == 0 { return }
    let lda = lda ?? (transposeA ? m : k), ldb = ldb ?? (transposeB ? k : n), ldc = ldc ?? n
    let reach = { (rows: Int, columns: Int, stride: Int) in rows == 0 ? 0 : (rows - 1) * stride + columns }
    let needA = transposeA ? reach(k, m, lda) : reach(m, k, lda), needB = transposeB ? reach(n, k, ldb) : reach(k, n, ldb)
    precondition(
        A.count >= needA && B.count >= needB && C.count >= reach(m, n, ldc),
        "gemm \(m)x\(n)x\(k) needs \(needA), \(needB), \(reach(m, n, ldc)) elements; has \(A.count), \(B.count), \(C.count)")
    let grid = ProductGrid(m, n, k)
    unsafe A.withUnsafeBufferPointer { a in
        unsafe B.withUnsafeBufferPointer { b in
            unsafe C.withUnsafeMutableBufferPointer { c in
                inParallel(parts: grid.blocks) { block in
                    let (rows, columns) = grid.block(block)
                    unsafe cblas_sgemm(
                        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
                        Int32(rows.count), Int32(columns.count), Int32(k), alpha,
                        a.baseAddress.map { unsafe $0 + rows.lowerBound * (transposeA ? 1 : lda) }, Int32(lda),
                        b.baseAddress.map { unsafe $0 + columns.lowerBound * (transposeB ? ldb : 1) }, Int32(ldb), beta,
                        c.baseAddress.map { unsafe $0 + rows.lowerBound * ldc + columns.lowerBound }, Int32(ldc))
                }
            }
        }
    }
}

/// How a product's result is cut into blocks.
private struct ProductGrid {
    private let m: Int, n: Int
    private var down = 1, across = 1

    /// The fewest multiplications worth a thread: some 10 µs of them.
    private static let grain = 1 << 20
    /// OpenBLAS's kernels work on tiles of so many rows or columns; blocks begin at their multiples.
    private static let tile = 48

    init(_ m: Int, _ n: Int, _ k: Int) {
        (self.m, self.n) = (m, n)
        let threads = partCount(m * n * k, grain: Self.grain)
        var best = Int.max
        for rows in 1...max(threads, 1) where threads % rows == 0 {
            let columns = threads / rows
            let packed = (m + rows - 1) / rows + (n + columns - 1) / columns
            if packed < best { (best, down, across) = (packed, rows, columns) }
        }
    }

    var blocks: Int { down * across }

    /// The rows and columns of a block; either may be empty where there are fewer tiles than threads.
    func block(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        (Self.cut(m, index / across, of: down), Self.cut(n, index % across, of: across))
    }

    private static func cut(_ count: Int, _ index: Int, of parts: Int) -> Range<Int> {
        if parts == 1 { return 0..<count }
        let tiles = part(index, of: parts, (count + tile - 1) / tile)
        return min(tiles.lowerBound * tile, count)..<min(tiles.upperBound * tile, count)
    }
}
