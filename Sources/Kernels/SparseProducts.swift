private import CKernels

/// out ← S·rows (+ initial), S sparse in compressed rows.
///
/// - Parameters:
///   - offsets: [N + 1] row t of S has the entries `offsets[t] ..< offsets[t + 1]`.
///   - indices: the entries' columns in S, all below M.
///   - values: the entries.
///   - rows: [M, C].
///   - columns: C.
///   - initial: [C] added to every row of the product, or nil.
///   - out: [N, C] out.
/// - Complexity: (entries of S)·C multiply-adds.
public func gatherSum(
    offsets: Span<Int>, indices: Span<Int32>, values: Span<Float>, rows: Span<Float>, columns: Int,
    initial: Span<Float>? = nil, into out: inout MutableSpan<Float>
) {
    let count = checkedRows(offsets, indices)
    let initialCount = initial?.count ?? columns
    precondition(
        values.count >= indices.count && out.count >= count * columns && initialCount == columns,
        "\(indices.count) entries, \(values.count) values; \(count) rows of \(columns) into \(out.count); initial \(initialCount)"
    )
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe indices.withUnsafeBufferPointer { i in
            unsafe values.withUnsafeBufferPointer { v in
                unsafe rows.withUnsafeBufferPointer { r in
                    unsafe out.withUnsafeMutableBufferPointer { target in
                        func gather(_ initial: UnsafePointer<Float>?) {
                            inParallel(columns: columns, ofRows: max(count, i.count)) { part in
                                unsafe qk_gather_sum(
                                    o.baseAddress, i.baseAddress, v.baseAddress, count, r.baseAddress, columns,
                                    part.lowerBound, part.upperBound, initial, target.baseAddress)
                            }
                        }
                        if let initial {
                            unsafe initial.withUnsafeBufferPointer { unsafe gather($0.baseAddress) }
                        } else {
                            gather(nil)
                        }
                    }
                }
            }
        }
    }
}

/// out ← (S·rows)ᵀ, S sparse in compressed rows.
///
/// - Parameters:
///   - offsets: [N + 1] row t of S has the entries `offsets[t] ..< offsets[t + 1]`.
///   - indices: the entries' columns in S, all below M.
///   - values: the entries.
///   - rows: [M, C].
///   - columns: C.
///   - out: [C, N] out.
/// - Complexity: (entries of S)·C multiply-adds.
public func gatherSumTransposed(
    offsets: Span<Int>, indices: Span<Int32>, values: Span<Float>, rows: Span<Float>, columns: Int,
    into out: inout MutableSpan<Float>
) {
    let count = checkedRows(offsets, indices)
    precondition(
        values.count >= indices.count && out.count >= count * columns,
        "\(indices.count) entries, \(values.count) values; \(count) columns of \(columns) into \(out.count)")
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe indices.withUnsafeBufferPointer { i in
            unsafe values.withUnsafeBufferPointer { v in
                unsafe rows.withUnsafeBufferPointer { r in
                    unsafe out.withUnsafeMutableBufferPointer { target in
                        inParallel(columns: columns, ofRows: max(count, i.count)) { part in
                            unsafe qk_gather_sum_transposed(
                                o.baseAddress, i.baseAddress, v.baseAddress, count, r.baseAddress, columns, part.lowerBound,
                                part.upperBound, target.baseAddress)
                        }
                    }
                }
            }
        }
    }
}

/// The elements of left·rowsᵀ at the places where S has entries.
///
/// - Parameters:
///   - offsets: [N + 1] row t of S has the entries `offsets[t] ..< offsets[t + 1]`.
///   - indices: the entries' columns in S, all below M.
///   - left: [N, C].
///   - rows: [M, C].
///   - columns: C.
///   - out: one number for each entry of S, in its order.
/// - Complexity: (entries of S)·C multiply-adds.
public func gatherDot(
    offsets: Span<Int>, indices: Span<Int32>, left: Span<Float>, rows: Span<Float>, columns: Int,
    into out: inout MutableSpan<Float>
) {
    let count = checkedRows(offsets, indices)
    precondition(
        left.count >= count * columns && out.count >= indices.count,
        "\(count) rows of \(columns) from \(left.count) elements, \(indices.count) dots into \(out.count)")
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe indices.withUnsafeBufferPointer { i in
            unsafe left.withUnsafeBufferPointer { l in
                unsafe rows.withUnsafeBufferPointer { r in
                    unsafe out.withUnsafeMutableBufferPointer { target in
                        inParallel(rows: count, grain: rowGrain(columns)) { part in
                            unsafe qk_gather_dot(
                                o.baseAddress! + part.lowerBound, i.baseAddress, part.count,
                                l.baseAddress! + part.lowerBound * columns, r.baseAddress, columns, target.baseAddress)
                        }
                    }
                }
            }
        }
    }
}

/// The number of rows, after the check that the last ends with the entries.
private func checkedRows(_ offsets: Span<Int>, _ indices: Span<Int32>) -> Int {
    precondition(
        offsets.count > 0 && offsets[offsets.count - 1] <= indices.count,
        "\(offsets.count) offsets for \(indices.count) entries")
    return offsets.count - 1
}
