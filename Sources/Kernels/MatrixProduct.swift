private import CKernels
private import COpenBLAS

// A product is cut into a grid of blocks of C, one for each thread, as near to squares as the thread count allows: a thread packs the
// rows of op(A) and the columns of op(B) that its block needs, and squares need the fewest. A few rows times a matrix as it lies need
// no packing: there our own kernel reads the matrix once, each thread its columns (skinny_product.c).

/// C ← alpha · op(A) · op(B) + beta · C + bias, all row-major, by OpenBLAS's sgemm or, for a few rows, by our own.
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
///   - bias: [n] added to every row; empty for none.
/// - Precondition: each span reaches to its matrix's last element.
/// - Complexity: 2·m·n·k flops on all threads.
public func gemm(
    _ m: Int, _ n: Int, _ k: Int, _ A: Span<Float>, _ B: Span<Float>, into C: inout MutableSpan<Float>,
    alpha: Float = 1, beta: Float = 0, bias: Span<Float> = Span(), transposeA: Bool = false, transposeB: Bool = false,
    lda: Int? = nil, ldb: Int? = nil, ldc: Int? = nil
) {
    if m == 0 || n == 0 { return }
    let lda = lda ?? (transposeA ? m : k), ldb = ldb ?? (transposeB ? k : n), ldc = ldc ?? n
    let reach = { (rows: Int, columns: Int, stride: Int) in rows == 0 ? 0 : (rows - 1) * stride + columns }
    let needA = transposeA ? reach(k, m, lda) : reach(m, k, lda), needB = transposeB ? reach(n, k, ldb) : reach(k, n, ldb)
    precondition(
        A.count >= needA && B.count >= needB && C.count >= reach(m, n, ldc),
        "gemm \(m)x\(n)x\(k) needs \(needA), \(needB), \(reach(m, n, ldc)) elements; has \(A.count), \(B.count), \(C.count)")
    precondition(bias.isEmpty || bias.count == n, "a bias of \(bias.count) for \(n) columns")
    let isSkinny = !transposeA && !transposeB && alpha == 1 && m <= qk_skinny_rows()
    let grid = isSkinny ? ProductGrid(columns: n, m, k) : ProductGrid(m, n, k)
    unsafe A.withUnsafeBufferPointer { a in
        unsafe B.withUnsafeBufferPointer { b in
            unsafe bias.withUnsafeBufferPointer { offset in
                unsafe C.withUnsafeMutableBufferPointer { c in
                    inParallel(parts: grid.blocks) { block in
                        let (rows, columns) = grid.block(block)
                        if rows.isEmpty || columns.isEmpty { return }
                        let first = unsafe a.baseAddress.map { unsafe $0 + rows.lowerBound * (transposeA ? 1 : lda) }
                        let second = unsafe b.baseAddress.map { unsafe $0 + columns.lowerBound * (transposeB ? ldb : 1) }
                        let result = unsafe c.baseAddress! + rows.lowerBound * ldc + columns.lowerBound
                        // An empty buffer may well have an address.
                        let added = unsafe offset.isEmpty ? nil : offset.baseAddress! + columns.lowerBound
                        if isSkinny || !offset.isEmpty {
                            unsafe qk_begin_rows(result, rows.count, columns.count, ldc, beta, added)
                        }
                        if isSkinny {
                            unsafe qk_skinny_product(rows.count, columns.count, k, first, lda, second, ldb, result, ldc)
                        } else {
                            unsafe cblas_sgemm(
                                CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
                                Int32(rows.count), Int32(columns.count), Int32(k), alpha, first, Int32(lda), second, Int32(ldb),
                                offset.isEmpty ? beta : 1, result, Int32(ldc))
                        }
                    }
                }
            }
        }
    }
}

/// How a product's result is cut into blocks.
private struct ProductGrid {
    private let m: Int, n: Int, tile: Int
    private var down = 1, across = 1

    /// The fewest multiplications worth a thread: some 10 µs of them.
    private static let grain = 1 << 20
    /// OpenBLAS's kernels work on tiles of so many rows or columns; blocks begin at their multiples.
    private static let packedTile = 48
    /// The fewest elements of a matrix that are worth a thread to read: some 10 µs of them.
    private static let readGrain = 1 << 16

    init(_ m: Int, _ n: Int, _ k: Int) {
        (self.m, self.n, tile) = (m, n, Self.packedTile)
        let threads = partCount(m * n * k, grain: Self.grain)
        var best = Int.max
        for rows in 1...max(threads, 1) where threads % rows == 0 {
            let columns = threads / rows
            let packed = (m + rows - 1) / rows + (n + columns - 1) / columns
            if packed < best { (best, down, across) = (packed, rows, columns) }
        }
    }

    /// Columns only, for a product of a few rows that is limited by reading [k, n].
    init(columns n: Int, _ m: Int, _ k: Int) {
        (self.m, self.n, tile) = (m, n, qk_skinny_columns())
        across = max(partCount(n * k, grain: Self.readGrain), 1)
    }

    var blocks: Int { down * across }

    /// The rows and columns of a block; either may be empty where there are fewer tiles than threads.
    func block(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        (cut(m, index / across, of: down), cut(n, index % across, of: across))
    }

    private func cut(_ count: Int, _ index: Int, of parts: Int) -> Range<Int> {
        if parts == 1 { return 0..<count }
        let tiles = part(index, of: parts, (count + tile - 1) / tile)
        return min(tiles.lowerBound * tile, count)..<min(tiles.upperBound * tile, count)
    }
}
