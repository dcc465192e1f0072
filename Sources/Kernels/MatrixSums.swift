private import CKernels
private import Tensors

// Sums down the columns are cut among threads by columns, sums along the rows by rows: each is one sum in one order.

/// The sum of a matrix's rows.
///
/// - Parameters:
///   - matrix: [N, C].
///   - sums: [C] out.
public func columnSums(_ matrix: Span<Float>, into sums: inout MutableSpan<Float>) {
    let columns = sums.count
    precondition(columns > 0 && matrix.count % columns == 0, "rows of \(columns) do not fill \(matrix.count) elements")
    let count = matrix.count / columns
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe sums.withUnsafeMutableBufferPointer { out in
            inParallel(rows: columns, grain: columnGrain(count)) { part in
                unsafe qk_column_sums(
                    m.baseAddress.map { unsafe $0 + part.lowerBound }, count, part.count, columns,
                    out.baseAddress! + part.lowerBound)
            }
        }
    }
}

/// The Euclidean norm of each row.
///
/// - Parameters:
///   - matrix: [N, C].
///   - norms: [N] out.
public func rowNorms(_ matrix: Span<Float>, into norms: inout MutableSpan<Float>) {
    let count = norms.count
    precondition(count > 0 && matrix.count % count == 0, "\(count) rows do not fill \(matrix.count) elements")
    let columns = matrix.count / count
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe norms.withUnsafeMutableBufferPointer { out in
            inParallel(rows: count, grain: sumGrain / max(columns, 1)) { part in
                unsafe qk_row_norms(
                    m.baseAddress.map { unsafe $0 + part.lowerBound * columns }, part.count, columns,
                    out.baseAddress! + part.lowerBound)
            }
        }
    }
}

/// The sum over all columns of Σ (y − mean of the column)².
///
/// - Parameter matrix: [N, C].
public func totalVariance(_ matrix: Span<Float>, columns: Int) -> Double {
    precondition(columns > 0 && matrix.count % columns == 0, "rows of \(columns) do not fill \(matrix.count) elements")
    let count = matrix.count / columns
    var sums = [Float](repeating: 0, count: columns), squares = sums
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe sums.withUnsafeMutableBufferPointer { s in
            unsafe squares.withUnsafeMutableBufferPointer { q in
                inParallel(rows: columns, grain: columnGrain(count)) { part in
                    unsafe qk_column_moments(
                        m.baseAddress.map { unsafe $0 + part.lowerBound }, count, part.count, columns,
                        s.baseAddress! + part.lowerBound, q.baseAddress! + part.lowerBound)
                }
            }
        }
    }
    return zip(sums, squares).reduce(0) { $0 + Double($1.1) - Double($1.0) * Double($1.0) / Double(count) }
}

/// Every row of a matrix becomes the same.
///
/// - Parameters:
///   - row: [C].
///   - out: [N, C] out.
public func repeatRow(_ row: Span<Float>, into out: inout MutableSpan<Float>) {
    let columns = row.count
    precondition(columns > 0 && out.count % columns == 0, "rows of \(columns) do not fill \(out.count) elements")
    unsafe row.withUnsafeBufferPointer { r in
        unsafe out.withUnsafeMutableBufferPointer { target in
            inParallel(rows: target.count / columns, grain: sumGrain / columns) { part in
                unsafe qk_repeat_row(
                    r.baseAddress, part.count, columns, target.baseAddress.map { unsafe $0 + part.lowerBound * columns })
            }
        }
    }
}

/// out ← alpha·matrix·vector.
///
/// - Parameters:
///   - matrix: [N, C].
///   - vector: [C].
///   - out: [N] out.
public func matrixVector(_ matrix: Span<Float>, _ vector: Span<Float>, alpha: Float = 1, into out: inout MutableSpan<Float>) {
    let (columns, count) = (vector.count, out.count)
    precondition(matrix.count == count * columns, "\(count) rows of \(columns) in \(matrix.count) elements")
    if columns == 0 { return out.update(repeating: 0) }
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe vector.withUnsafeBufferPointer { v in
            unsafe out.withUnsafeMutableBufferPointer { target in
                inParallel(rows: count, grain: sumGrain / columns) { part in
                    for row in part {
                        unsafe target[row] = alpha * qk_dot(m.baseAddress! + row * columns, v.baseAddress, columns)
                    }
                }
            }
        }
    }
}

/// out ← alpha·vector·matrix + base.
///
/// - Parameters:
///   - vector: [N].
///   - matrix: [N, C].
///   - base: [C].
///   - out: [C] out.
public func vectorMatrix(
    _ vector: Span<Float>, _ matrix: Span<Float>, alpha: Float = 1, base: Span<Float>, into out: inout MutableSpan<Float>
) {
    let (columns, count) = (base.count, vector.count)
    precondition(
        matrix.count == count * columns && out.count == columns,
        "\(count) rows of \(columns) in \(matrix.count) elements, out of \(out.count)")
    out.copy(base)
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe vector.withUnsafeBufferPointer { v in
            unsafe out.withUnsafeMutableBufferPointer { target in
                inParallel(rows: columns, grain: columnGrain(count)) { part in
                    for row in 0..<count {
                        unsafe qk_axpy(
                            alpha * v[row], m.baseAddress! + row * columns + part.lowerBound,
                            target.baseAddress! + part.lowerBound, part.count)
                    }
                }
            }
        }
    }
}

/// The fewest elements of a sum worth a thread: some 10 µs of them.
private let sumGrain = 1 << 16

/// The columns of `count` elements each worth a thread, at least a cache line of them.
private func columnGrain(_ count: Int) -> Int { max(16, sumGrain / max(count, 1)) }
