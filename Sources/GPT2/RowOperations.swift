internal import Checkpoints
internal import Kernels
private import Tensors

// What a pass does to whole rows: kernels applied to arrays.

extension GPT2Weights.Linear {
    /// out = x·weight + bias, for all outputs or a range of them.
    ///
    /// - Parameters:
    ///   - x: [n, inputs].
    ///   - outputs: Which columns of the weight; nil for all.
    ///   - out: [n, outputs].
    func apply(to x: [Float], outputs: Range<Int>? = nil, into out: inout [Float]) {
        let stride = bias.count, columns = outputs ?? 0..<stride
        let inputs = weight.count / stride, rows = x.count / inputs
        let offset = bias.span.extracting(columns)
        let matrix = weight.span.extracting(columns.lowerBound..<weight.count)
        var span = out.mutableSpan
        for row in 0..<rows { span.copy(offset, at: row * columns.count) }
        gemm(rows, columns.count, inputs, x.span, matrix, into: &span, beta: 1, ldb: stride)
    }
}

extension GPT2Weights.LayerNorm {
    /// Applies gain and bias to rows [n, D] that are already standardised.
    func apply(to rows: inout [Float]) {
        var span = rows.mutableSpan
        scaleAndShift(&span, gain: gain.span, bias: bias.span)
    }
}

extension GPT2Configuration.Activation {
    /// Applies the non-linearity to every element.
    func apply(to values: inout [Float]) {
        var span = values.mutableSpan
        switch self {
        case .gelu_new: ActivationFunction.gelu_new.apply(&span)
        case .gelu: ActivationFunction.gelu.apply(&span)
        case .relu: ActivationFunction.relu.apply(&span)
        }
    }
}

extension GPT2Weights {
    /// logits = rows·W_U.
    ///
    /// - Parameters:
    ///   - rows: [n, D].
    ///   - logits: [n, V].
    func unembed(_ rows: [Float], into logits: inout [Float]) {
        var span = logits.mutableSpan
        unembed(rows.span, into: &span)
    }

    /// logits = rows·W_U; see above.
    func unembed(_ rows: Span<Float>, into logits: inout MutableSpan<Float>) {
        let D = ln_final.gain.count, V = W_U_transposed.count / D
        precondition(rows.count % D == 0, "\(rows.count) elements in rows of \(D)")
        gemm(rows.count / D, V, D, rows, W_U_transposed.span, into: &logits, transposeB: true)
    }
}

/// (r - mean r)/σ for each row.
///
/// - Parameters:
///   - rows: [n, D].
///   - epsilon: Added to the variance.
///   - normalised: [n, D] out.
///   - scale: [n] out, σ.
func standardise(_ rows: [Float], epsilon: Float, into normalised: inout [Float], scale: inout [Float]) {
    var span = normalised.mutableSpan, sigma = scale.mutableSpan
    layerNormalise(rows.span, d_model: rows.count / sigma.count, epsilon: epsilon, into: &span, scale: &sigma)
}

/// Copies rows of a table.
///
/// - Parameters:
///   - indices: [n] which rows.
///   - table: [_, D].
///   - D: The length of a row.
///   - target: [n, D] out.
func gather(_ indices: [Int], of table: [Float], _ D: Int, into target: inout [Float]) {
    let source = table.span
    var span = target.mutableSpan
    for (row, index) in indices.enumerated() { span.copy(source.extracting(index * D..<(index + 1) * D), at: row * D) }
}

/// target += source.
func add(_ source: [Float], to target: inout [Float]) {
    var span = target.mutableSpan
    axpy(1, source.span, &span)
}
