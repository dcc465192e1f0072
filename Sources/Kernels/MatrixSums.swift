private import CKernels

/// The sum of a matrix's rows.
///
/// - Parameters:
///   - matrix: [N, C].
///   - sums: [C] out.
public func columnSums(_ matrix: Span<Float>, into sums: inout MutableSpan<Float>) {
    let columns = sums.count
    precondition(columns > 0 && matrix.count % columns == 0, "rows of \(columns) do not fill \(matrix.count) elements")
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe sums.withUnsafeMutableBufferPointer {
            let out = $0.baseAddress
            inParallel(columns: columns, ofRows: m.count / columns) {
                unsafe qk_column_sums(m.baseAddress, m.count / columns, columns, $0.lowerBound, $0.upperBound, out)
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
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe norms.withUnsafeMutableBufferPointer { norms in
            let columns = m.count / count
            inParallel(rows: count, grain: rowGrain(columns)) { rows in
                let first = rows.lowerBound
                unsafe qk_row_norms(m.baseAddress! + first * columns, rows.count, columns, norms.baseAddress! + first)
            }
        }
    }
}

/// out ← matrix − row, on every row.
///
/// - Parameters:
///   - matrix: [N, C].
///   - row: [C].
///   - out: [N, C] out.
public func subtractRow(_ matrix: Span<Float>, _ row: Span<Float>, into out: inout MutableSpan<Float>) {
    let columns = row.count
    precondition(
        columns > 0 && matrix.count % columns == 0 && out.count >= matrix.count,
        "rows of \(columns) in \(matrix.count) elements, out \(out.count)")
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe row.withUnsafeBufferPointer { r in
            unsafe out.withUnsafeMutableBufferPointer { out in
                inParallel(rows: m.count / columns, grain: rowGrain(columns)) { rows in
                    let first = rows.lowerBound * columns
                    unsafe qk_subtract_row(
                        m.baseAddress! + first, r.baseAddress, rows.count, columns, out.baseAddress! + first)
                }
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
            unsafe squares.withUnsafeMutableBufferPointer {
                let q = $0.baseAddress
                inParallel(columns: columns, ofRows: count) {
                    unsafe qk_column_moments(m.baseAddress, count, columns, $0.lowerBound, $0.upperBound, s.baseAddress, q)
                }
            }
        }
    }
    return zip(sums, squares).reduce(0) { $0 + Double($1.1) - Double($1.0) * Double($1.0) / Double(count) }
}

/// Σ (left − right)², and its gradient.
///
/// - Parameters:
///   - left: [n].
///   - right: [n].
///   - factor: What (left − right) is multiplied by in the gradient; 0 leaves it as it is.
///   - gradient: [n] to which factor·(left − right) is added.
public func squaredError(
    _ left: Span<Float>, _ right: Span<Float>, factor: Float, addingGradientTo gradient: inout MutableSpan<Float>
) -> Double {
    let n = left.count
    precondition(right.count == n && gradient.count >= n, "\(n) and \(right.count) elements, gradient of \(gradient.count)")
    return unsafe left.withUnsafeBufferPointer { l in
        unsafe right.withUnsafeBufferPointer { r in
            unsafe gradient.withUnsafeMutableBufferPointer { g in
                sumInParallel(n, grain: rowGrain(1)) { part in
                    let first = part.lowerBound
                    return unsafe qk_squared_error(
                        l.baseAddress! + first, r.baseAddress! + first, part.count, factor, g.baseAddress! + first)
                }
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
    let count = out.count, columns = vector.count
    precondition(matrix.count == count * columns, "\(matrix.count) elements for \(count) rows of \(columns)")
    unsafe matrix.withUnsafeBufferPointer { m in
        unsafe vector.withUnsafeBufferPointer { v in
            unsafe out.withUnsafeMutableBufferPointer { out in
                inParallel(rows: count, grain: rowGrain(columns)) { rows in
                    unsafe qk_matrix_vector(
                        m.baseAddress! + rows.lowerBound * columns, v.baseAddress, rows.count, columns, alpha,
                        out.baseAddress! + rows.lowerBound)
                }
            }
        }
    }
}
