private import CKernels

/// The longest context whose rows the divergence kernels hold.
public let longestPatternRow = 4096

/// KL(P‖P̂) of a block of causal rows for three reconstructions at once, and its gradient with respect to their scores.
///
/// Each matrix holds one head's scores of queries `first ..< first + rows` twice, of the reconstructed queries and below them of the
/// true ones: [2·rows, stride]; row r of each half has `first + r + 1` keys. The reconstructions become weight·(P̂ − P) on those keys and
/// 0 up to column `first + rows`; the true scores are used up.
///
/// - Parameters:
///   - reconstructedKeys: [2·rows, stride] scores of q̂·k̂ over those of q·k̂.
///   - trueKeys: [2·rows, stride] scores of q̂·k over those of q·k, the true pattern's.
///   - weights: Factors of the three gradients: q̂·k̂, q̂·k, q·k̂.
/// - Returns: Σ over the rows of the three divergences, in that order, without the weights.
/// - Complexity: four exponentials for each causal (query, key).
///
/// *Source:* softmax's Jacobian contracted with −P: P̂·ΣP − P.
public func patternDivergence(
    reconstructedKeys: inout MutableSpan<Float>, trueKeys: inout MutableSpan<Float>, rows: Int, first: Int, stride: Int,
    weights: (Float, Float, Float)
) -> (both: Double, query: Double, key: Double) {
    let need = checkedExtent(rows: rows, first: first, stride: stride) + rows * stride
    precondition(
        min(reconstructedKeys.count, trueKeys.count) >= need,
        "\(need) scores in blocks of \(reconstructedKeys.count) and \(trueKeys.count)")
    let factors = [weights.0, weights.1, weights.2]
    var sums = [0.0, 0.0, 0.0]
    unsafe reconstructedKeys.withUnsafeMutableBufferPointer { a in
        unsafe trueKeys.withUnsafeMutableBufferPointer { b in
            unsafe qk_pattern_divergence(
                b.baseAddress! + rows * stride, a.baseAddress, b.baseAddress, a.baseAddress! + rows * stride, rows, first,
                stride, factors, &sums)
        }
    }
    return (sums[0], sums[1], sums[2])
}

/// KL(P‖P̂) of a block of causal rows for one reconstruction, and its gradient with respect to its scores.
///
/// - Parameters:
///   - truth: [rows, stride] scores of the true pattern; scratch afterwards.
///   - scores: [rows, stride] scores in, weight·(P̂ − P) out.
///   - weight: Factor of the gradient.
/// - Returns: Σ over the rows of the divergence.
public func patternDivergence(
    truth: inout MutableSpan<Float>, scores: inout MutableSpan<Float>, rows: Int, first: Int, stride: Int, weight: Float
) -> Double {
    let need = checkedExtent(rows: rows, first: first, stride: stride)
    precondition(min(truth.count, scores.count) >= need, "a score block has fewer than \(need) elements")
    return unsafe truth.withUnsafeMutableBufferPointer { p in
        unsafe scores.withUnsafeMutableBufferPointer { s in
            unsafe qk_pattern_divergence_one(p.baseAddress, s.baseAddress, rows, first, stride, weight)
        }
    }
}

/// The elements that `rows` rows of a block reach over.
private func checkedExtent(rows: Int, first: Int, stride: Int) -> Int {
    precondition(
        rows > 0 && first >= 0 && first + rows <= min(stride, longestPatternRow),
        "queries \(first)..<\(first + rows) need a stride of as many and at most \(longestPatternRow); the stride is \(stride)")
    return (rows - 1) * stride + first + rows
}
