private import CKernels

/// One query's scores from the row that its features make of the map.
///
/// - Parameters:
///   - offsets: [T + 1] where each token's active keys begin.
///   - slots: Each active key's place among the sequence's distinct keys.
///   - values: Each active key's activation.
///   - w: [U, H] the query's row, over distinct keys and heads.
///   - tokens: How many tokens the query sees.
///   - n_heads: H.
///   - scores: [tokens, H] out.
public func mapScores(
    offsets: Span<Int>, slots: Span<Int32>, values: Span<Float>, w: Span<Float>, tokens: Int, n_heads: Int,
    into scores: inout MutableSpan<Float>
) {
    precondition(
        offsets.count > tokens && scores.count >= tokens * n_heads && offsets[tokens] <= slots.count && slots.count == values.count,
        "\(tokens) tokens of \(n_heads) heads: \(offsets.count) offsets, \(scores.count) scores, \(slots.count) slots")
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe slots.withUnsafeBufferPointer { s in
            unsafe values.withUnsafeBufferPointer { v in
                unsafe w.withUnsafeBufferPointer { row in
                    unsafe scores.withUnsafeMutableBufferPointer { out in
                        unsafe qk_map_scores(
                            o.baseAddress, s.baseAddress, v.baseAddress, row.baseAddress, out.baseAddress, tokens, n_heads)
                    }
                }
            }
        }
    }
}

/// The transpose of ``mapScores(offsets:slots:values:w:tokens:n_heads:into:)``: adds to a query's row what the scores' gradient asks.
///
/// - Parameters:
///   - offsets: [T + 1] where each token's active keys begin.
///   - slots: Each active key's place among the sequence's distinct keys.
///   - values: Each active key's activation.
///   - gradient: [tokens, H] the gradient at the scores.
///   - tokens: How many tokens the query sees.
///   - n_heads: H.
///   - w: [U, H] in and out.
public func mapScoresTransposed(
    offsets: Span<Int>, slots: Span<Int32>, values: Span<Float>, gradient: Span<Float>, tokens: Int, n_heads: Int,
    into w: inout MutableSpan<Float>
) {
    precondition(
        offsets.count > tokens && gradient.count >= tokens * n_heads && offsets[tokens] <= slots.count
            && slots.count == values.count,
        "\(tokens) tokens of \(n_heads) heads: \(offsets.count) offsets, \(gradient.count) gradients, \(slots.count) slots")
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe slots.withUnsafeBufferPointer { s in
            unsafe values.withUnsafeBufferPointer { v in
                unsafe gradient.withUnsafeBufferPointer { g in
                    unsafe w.withUnsafeMutableBufferPointer { row in
                        unsafe qk_map_scores_transposed(
                            o.baseAddress, s.baseAddress, v.baseAddress, row.baseAddress, g.baseAddress, tokens, n_heads)
                    }
                }
            }
        }
    }
}
