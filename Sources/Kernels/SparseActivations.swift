private import CKernels

/// Collects the positive elements of a row of pre-activations, positions ascending.
///
/// - Parameters:
///   - row: [F] pre-activations without their bias.
///   - bias: [F].
///   - indices: [F] out; the first `count` are set.
///   - values: [F] out; the first `count` are set.
/// - Returns: `count`, how many are positive.
public func compactPositive(
    _ row: Span<Float>, bias: Span<Float>, indices: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
) -> Int {
    let n = row.count
    precondition(
        bias.count == n && indices.count >= n && values.count >= n,
        "row of \(n), bias of \(bias.count), room for \(indices.count) indices and \(values.count) values")
    return unsafe row.withUnsafeBufferPointer { r in
        unsafe bias.withUnsafeBufferPointer { b in
            unsafe indices.withUnsafeMutableBufferPointer { i in
                unsafe values.withUnsafeMutableBufferPointer { v in
                    unsafe qk_compact_positive(r.baseAddress, b.baseAddress, n, i.baseAddress, v.baseAddress)
                }
            }
        }
    }
}

/// Replaces each row by max(row + bias, 0).
///
/// - Parameters:
///   - rows: [N, F] in and out.
///   - bias: [F].
/// - Returns: How many elements are positive.
public func rectify(_ rows: inout MutableSpan<Float>, bias: Span<Float>) -> Int {
    let n = bias.count
    precondition(n > 0 && rows.count % n == 0, "rows of \(n) do not fill \(rows.count) elements")
    return unsafe rows.withUnsafeMutableBufferPointer { r in
        unsafe bias.withUnsafeBufferPointer { b in
            Int(
                sumInParallel(r.count / n, grain: rowGrain(n)) { rows in
                    var positive = 0
                    for row in rows { unsafe positive += qk_rectify(r.baseAddress! + row * n, b.baseAddress, n) }
                    return Double(positive)
                })
        }
    }
}

/// The √ penalty on dense activations, and the way back through it and the rectifier.
///
/// - Parameters:
///   - f: [N, F] activations, not negative.
///   - norms: [F] n_a.
///   - df: [N, F] the gradient from the loss's other terms in, the gradient at the pre-activations out.
///   - normGradient: [F] to which λ Σ_t f/(2√(n f + ε)) is added.
///   - epsilon: ε.
///   - lambda: λ.
/// - Returns: Σ √(n f + ε), without λ.
public func rootPenalty(
    _ f: Span<Float>, norms: Span<Float>, df: inout MutableSpan<Float>, normGradient: inout MutableSpan<Float>,
    epsilon: Float, lambda: Float
) -> Double {
    let n = norms.count
    precondition(
        f.count % n == 0 && df.count >= f.count && normGradient.count == n,
        "activations \(f.count), norms \(n), gradients \(df.count) and \(normGradient.count)")
    return unsafe f.withUnsafeBufferPointer { f in
        unsafe norms.withUnsafeBufferPointer { norms in
            unsafe df.withUnsafeMutableBufferPointer { df in
                unsafe normGradient.withUnsafeMutableBufferPointer { dn in
                    let count = f.count / n, parts = partCount(count, grain: rowGrain(n))
                    var sums = [(penalty: Double, normGradient: [Float])](
                        repeating: (0, Array(repeating: 0, count: n)), count: parts)
                    concurrently(&sums) { index, sum in
                        for row in part(index, of: parts, count) {
                            unsafe sum.normGradient.withUnsafeMutableBufferPointer {
                                unsafe sum.penalty += qk_root_penalty(
                                    f.baseAddress! + row * n, norms.baseAddress, df.baseAddress! + row * n, $0.baseAddress, n,
                                    epsilon, lambda)
                            }
                        }
                    }
                    for sum in sums { for feature in 0..<n { unsafe dn[feature] += sum.normGradient[feature] } }
                    return sums.reduce(0) { $0 + $1.penalty }
                }
            }
        }
    }
}
