import Kernels
import Tensors

/// One thread's part of a sparse encoder: pre-activations of some tokens, and what is positive among them.
struct EncoderScratch: Sendable {
    /// How many tokens a thread takes at least: fewer do not repay the packing of W_enc.
    static let fewestTokens = 64
    /// How many tokens go through the product at a time, which bounds the memory.
    static let mostTokens = 1024

    /// [mostTokens, F] pre-activations.
    private var pre: [Float] = []
    /// [F] one row's active features before they join ``active``.
    private var indices: [Int32] = []
    /// [F] their activations.
    private var values: [Float] = []
    /// f of this thread's tokens.
    var active = SparseRows()

    /// Makes room.
    mutating func reserve(tokens: Int, d_sae: Int) {
        resize(&pre, tokens * d_sae, filler: 0)
        resize(&indices, d_sae, filler: 0)
        resize(&values, d_sae, filler: 0)
    }

    /// pre = x W_enc.
    mutating func multiply(_ x: Span<Float>, _ W_enc: [Float], tokens: Int) {
        Self.multiply(x, W_enc, tokens: tokens, d_sae: indices.count, &pre)
    }

    private static func multiply(_ x: Span<Float>, _ W_enc: [Float], tokens: Int, d_sae: Int, _ pre: inout [Float]) {
        var out = pre.mutableSpan
        gemm(tokens, d_sae, x.count / tokens, x, W_enc.span, into: &out)
    }

    /// Appends ReLU(pre + bias) to ``active``.
    mutating func compact(bias: [Float], tokens: Int) {
        Self.compact(pre, bias, tokens: tokens, &indices, &values, appendingTo: &active)
    }

    private static func compact(
        _ pre: [Float], _ bias: [Float], tokens: Int, _ indices: inout [Int32], _ values: inout [Float],
        appendingTo active: inout SparseRows
    ) {
        let F = bias.count
        for row in 0..<tokens {
            var rowIndices = indices.mutableSpan, rowValues = values.mutableSpan
            let found = compactPositive(
                pre.span.extracting(row * F..<(row + 1) * F), bias: bias.span, indices: &rowIndices, values: &rowValues)
            for entry in 0..<found { active.append(rowIndices[entry], rowValues[entry]) }
            active.endRow()
        }
    }
}
