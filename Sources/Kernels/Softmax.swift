private import CKernels

/// Replaces a row of scores by its softmax.
///
/// - Parameter row: [T] scores in, probabilities out; at least one.
/// - Returns: log Σ exp of the scores.
@discardableResult
public func softmax(_ row: inout MutableSpan<Float>) -> Float {
    precondition(row.count > 0, "softmax needs at least one score")
    return unsafe row.withUnsafeMutableBufferPointer { unsafe qk_softmax($0.baseAddress, $0.count) }
}

/// Replaces a row of scores by its log-softmax.
///
/// - Parameter row: [T] scores in, log-probabilities out; at least one.
public func logSoftmax(_ row: inout MutableSpan<Float>) {
    precondition(row.count > 0, "log-softmax needs at least one score")
    unsafe row.withUnsafeMutableBufferPointer { unsafe qk_log_softmax($0.baseAddress, $0.count) }
}

/// log Σ exp of each row.
///
/// - Parameters:
///   - rows: [N, V] scores.
///   - norms: [N] out.
/// - Complexity: one reading of the rows, on all threads.
public func logSumExp(_ rows: Span<Float>, into norms: inout MutableSpan<Float>) {
    let count = norms.count
    precondition(count > 0 && rows.count % count == 0 && !rows.isEmpty, "\(count) rows do not fill \(rows.count) elements")
    let width = rows.count / count
    unsafe rows.withUnsafeBufferPointer { scores in
        unsafe norms.withUnsafeMutableBufferPointer { norms in
            inParallel(rows: count, grain: max(elementGrain / width, 1)) {
                for row in $0 { unsafe norms[row] = unsafe qk_log_sum_exp(scores.baseAddress! + row * width, width) }
            }
        }
    }
}
