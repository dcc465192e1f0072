private import CKernels

/// Collects the elements of a row of pre-activations that are above their cuts, positions ascending.
///
/// - Parameters:
///   - row: [F] pre-activations without their bias.
///   - bias: [F].
///   - cuts: [F], none negative; nil for 0.
///   - indices: [F] out; the first `count` are set.
///   - values: [F] out, row + bias; the first `count` are set.
/// - Returns: `count`, how many are above.
public func compact(
    _ row: Span<Float>, bias: Span<Float>, above cuts: Span<Float>? = nil, indices: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
) -> Int {
    let n = row.count, cutCount = cuts?.count ?? n
    precondition(
        bias.count == n && cutCount == n && indices.count >= n && values.count >= n,
        "row of \(n), bias of \(bias.count), cuts of \(cutCount), room for \(indices.count) indices and \(values.count) values")
    return unsafe row.withUnsafeBufferPointer { r in
        unsafe bias.withUnsafeBufferPointer { b in
            unsafe indices.withUnsafeMutableBufferPointer { i in
                unsafe values.withUnsafeMutableBufferPointer { v in
                    unsafe withPointer(cuts) {
                        unsafe qk_compact_above(r.baseAddress, b.baseAddress, $0, n, i.baseAddress, v.baseAddress)
                    }
                }
            }
        }
    }
}

/// Collects the `k` largest positive elements of a row of pre-activations, positions ascending; the first among equals.
///
/// - Parameters:
///   - row: [F] pre-activations without their bias.
///   - bias: [F]; −∞ keeps an element out.
///   - k: At least 1.
///   - indices: [k] out; the first `count` are set.
///   - values: [k] out, row + bias; the first `count` are set.
/// - Returns: `count`: `k`, or how many are positive if they are fewer.
/// - Complexity: at most 33 passes over the row.
public func compactLargest(
    _ row: Span<Float>, bias: Span<Float>, k: Int, indices: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
) -> Int {
    let n = row.count
    precondition(
        k > 0 && bias.count == n && indices.count >= min(k, n) && values.count >= min(k, n),
        "the \(k) largest of \(n), bias of \(bias.count), room for \(indices.count) indices and \(values.count) values")
    return unsafe row.withUnsafeBufferPointer { r in
        unsafe bias.withUnsafeBufferPointer { b in
            unsafe indices.withUnsafeMutableBufferPointer { i in
                unsafe values.withUnsafeMutableBufferPointer { v in
                    unsafe qk_compact_largest(r.baseAddress, b.baseAddress, n, k, i.baseAddress, v.baseAddress)
                }
            }
        }
    }
}

/// Where pre-activations are nearer to their centres than a radius, positions ascending.
///
/// - Parameters:
///   - row: [F] pre-activations without their bias.
///   - bias: [F].
///   - centres: [F].
///   - radius: r of |row + bias − centre| < r.
///   - indices: [F] out; the first `count` are set.
/// - Returns: `count`.
public func compact(
    _ row: Span<Float>, bias: Span<Float>, near centres: Span<Float>, radius: Float, indices: inout MutableSpan<Int32>
) -> Int {
    let n = row.count
    precondition(
        bias.count == n && centres.count == n && indices.count >= n,
        "row of \(n), bias of \(bias.count), centres of \(centres.count), room for \(indices.count) indices")
    return unsafe row.withUnsafeBufferPointer { r in
        unsafe bias.withUnsafeBufferPointer { b in
            unsafe centres.withUnsafeBufferPointer { c in
                unsafe indices.withUnsafeMutableBufferPointer { i in
                    unsafe qk_compact_between(r.baseAddress, b.baseAddress, c.baseAddress, radius, n, i.baseAddress)
                }
            }
        }
    }
}

/// A number that exactly `k` of the values reach, or the `k`-th largest where equals forbid that; 0 if fewer than `k` are positive.
///
/// - Complexity: at most 31 passes over the values.
public func kthLargest(_ values: Span<Float>, k: Int) -> Float {
    precondition(k > 0, "the \(k)-th largest of \(values.count)")
    return unsafe values.withUnsafeBufferPointer { unsafe qk_kth_largest($0.baseAddress, nil, $0.count, k) }
}

/// Replaces each element by row + bias where that is above its cut, else by 0.
///
/// - Parameters:
///   - rows: [N, F] in and out.
///   - bias: [F].
///   - cuts: [F], none negative; nil for 0.
/// - Returns: How many elements are above.
public func rectify(_ rows: inout MutableSpan<Float>, bias: Span<Float>, above cuts: Span<Float>? = nil) -> Int {
    let n = bias.count, cutCount = cuts?.count ?? n
    precondition(n > 0 && cutCount == n && rows.count % n == 0, "rows of \(n), cuts of \(cutCount), \(rows.count) elements")
    return unsafe rows.withUnsafeMutableBufferPointer { r in
        unsafe bias.withUnsafeBufferPointer { b in
            unsafe withPointer(cuts) { cuts in
                var active = 0
                for row in 0..<r.count / n { unsafe active += qk_rectify(r.baseAddress! + row * n, b.baseAddress, cuts, n) }
                return active
            }
        }
    }
}

/// A penalty on activations, of which each feature's are weighed by its norm n.
public enum ActivationPenalty: Sendable, Equatable {
    /// Σ √(n f + ε).
    case root(epsilon: Float)
    /// Σ n f.
    case linear
    /// 0.
    case none
}

/// The penalty on dense activations, and the way back through it and the gate.
///
/// - Parameters:
///   - penalty: p(n f).
///   - f: [N, F] activations, not negative.
///   - norms: [F] n_a.
///   - df: [N, F] the gradient from the loss's other terms in, the gradient at the pre-activations out.
///   - normGradient: [F] to which λ Σ_t f p′(n f) is added.
///   - lambda: λ.
/// - Returns: Σ p(n f), without λ.
public func penalise(
    _ penalty: ActivationPenalty, _ f: Span<Float>, norms: Span<Float>, df: inout MutableSpan<Float>,
    normGradient: inout MutableSpan<Float>, lambda: Float
) -> Double {
    let F = norms.count, count = f.count / max(F, 1)
    precondition(
        f.count == count * F && df.count >= f.count && normGradient.count == F,
        "activations \(f.count), norms \(F), gradients \(df.count) and \(normGradient.count)")
    // Blocks of columns, whatever the number of threads, so that the sum has one order.
    let blocks = (F + penaltyColumns - 1) / penaltyColumns
    var sums = [Double](repeating: 0, count: blocks)
    unsafe f.withUnsafeBufferPointer { f in
        unsafe norms.withUnsafeBufferPointer { norms in
            unsafe df.withUnsafeMutableBufferPointer { df in
                unsafe normGradient.withUnsafeMutableBufferPointer { dn in
                    inParallel(&sums) { block, sum in
                        let first = block * penaltyColumns, width = min(penaltyColumns, F - first)
                        sum =
                            switch penalty {
                            case .root(let epsilon):
                                unsafe qk_root_penalty(
                                    f.baseAddress! + first, norms.baseAddress! + first, df.baseAddress! + first,
                                    dn.baseAddress! + first, count, width, F, epsilon, lambda)
                            case .linear, .none:
                                unsafe qk_linear_penalty(
                                    f.baseAddress! + first, norms.baseAddress! + first, df.baseAddress! + first,
                                    dn.baseAddress! + first, count, width, F, penalty == .none ? 0 : lambda)
                            }
                    }
                }
            }
        }
    }
    return penalty == .none ? 0 : sums.reduce(0, +)
}

/// How many columns one part of a dense penalty takes.
private let penaltyColumns = 256

/// Calls `body` with a span's address, or with nil.
func withPointer<Result>(_ span: Span<Float>?, _ body: (UnsafePointer<Float>?) -> Result) -> Result {
    guard let span else { return body(nil) }
    return unsafe span.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
