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
            unsafe qk_column_sums(m.baseAddress, m.count / columns, columns, $0.baseAddress)
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
        unsafe norms.withUnsafeMutableBufferPointer { unsafe qk_row_norms(m.baseAddress, count, m.count / count, $0.baseAddress) }
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
            unsafe out.withUnsafeMutableBufferPointer {
                unsafe qk_subtract_row(m.baseAddress, r.baseAddress, m.count / columns, columns, $0.baseAddress)
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
                unsafe qk_column_moments(m.baseAddress, count, columns, s.baseAddress, $0.baseAddress)
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
///   - factor: What (left − right) is multiplied by in the gradient.
///   - gradient: [n] to which factor·(left − right) is added.
public func squaredError(
    _ left: Span<Float>, _ right: Span<Float>, factor: Float, addingGradientTo gradient: inout MutableSpan<Float>
) -> Double {
    let n = left.count
    precondition(right.count == n && gradient.count >= n, "\(n) and \(right.count) elements, gradient of \(gradient.count)")
    return unsafe left.withUnsafeBufferPointer { l in
        unsafe right.withUnsafeBufferPointer { r in
            unsafe gradient.withUnsafeMutableBufferPointer {
                unsafe qk_squared_error(l.baseAddress, r.baseAddress, n, factor, $0.baseAddress)
            }
        }
    }
}
