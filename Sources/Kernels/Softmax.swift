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
