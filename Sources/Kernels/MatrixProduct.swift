private import COpenBLAS

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
    unsafe A.withUnsafeBufferPointer { a in
        unsafe B.withUnsafeBufferPointer { b in
            unsafe C.withUnsafeMutableBufferPointer { c in
                unsafe cblas_sgemm(
                    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
                    Int32(m), Int32(n), Int32(k), alpha, a.baseAddress, Int32(lda), b.baseAddress, Int32(ldb), beta,
                    c.baseAddress, Int32(ldc))
            }
        }
    }
}

/// How many threads OpenBLAS uses for one product; set once, at start.
public func setMatrixThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }

/// The processor type whose kernels OpenBLAS runs, such as `SkylakeX` or `Haswell`.
public func matrixCoreType() -> String { unsafe String(cString: openblas_get_corename()) }
