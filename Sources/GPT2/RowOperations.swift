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
    ///   - out: [n, outputs]; on top of what it holds if `adding`.
    func apply(to x: [Float], outputs: Range<Int>? = nil, adding: Bool = false, into out: inout [Float]) {
        let stride = bias.count, columns = outputs ?? 0..<stride
        let inputs = weight.count / stride
        let matrix = weight.span.extracting(columns.lowerBound..<weight.count)
        var span = out.mutableSpan
        gemm(
            x.count / inputs, columns.count, inputs, x.span, matrix, into: &span, beta: adding ? 1 : 0,
            bias: bias.span.extracting(columns), ldb: stride)
    }
}

extension GPT2Weights.LayerNorm {
    /// normalised = LayerNorm(rows), [n, D] both.
    func apply(to rows: [Float], epsilon: Float, into normalised: inout [Float]) {
        var span = normalised.mutableSpan
        layerNormalise(rows.span, gain: gain.span, bias: bias.span, epsilon: epsilon, into: &span)
    }

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

/// Takes an array of scratch on its first use.
func reserve(_ array: inout [Float], _ pool: ScratchPool, _ count: Int) {
    if array.isEmpty { array = pool.take(count) }
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

/// Adds rows of a table, beginning with its first for every `T` rows.
///
/// - Parameters:
///   - table: [at least T, D].
///   - T: After how many rows it begins again.
///   - D: The length of a row.
///   - target: [n, D] in and out.
func addRepeating(_ table: [Float], every T: Int, _ D: Int, to target: inout [Float]) {
    let source = table.span.extracting(0..<T * D)
    var span = target.mutableSpan
    for first in stride(from: 0, to: span.count, by: T * D) {
        var part = span.part(first..<first + T * D)
        axpy(1, source, &part)
    }
}

/// target += source.
func add(_ source: [Float], to target: inout [Float]) {
    var span = target.mutableSpan
    axpy(1, source.span, &span)
}

/// z = softmax(scale · q·kᵀ) · v, causally, from [B, T, 3, H, K]; see `causalAttention`.
func attend(_ qkv: [Float], _ shape: AttentionShape, scale: Float, into z: inout [Float]) {
    let D = shape.H * shape.K, rows = qkv.span
    var span = z.mutableSpan
    causalAttention(
        rows, rows.extracting(D..<rows.count), rows.extracting(2 * D..<rows.count), stride: 3 * D, shape, scale: scale,
        into: &span)
}

/// The same from three arrays, [B, T, H, K] each.
func attend(_ q: [Float], _ k: [Float], _ v: [Float], _ shape: AttentionShape, scale: Float, into z: inout [Float]) {
    var span = z.mutableSpan
    causalAttention(q.span, k.span, v.span, stride: shape.H * shape.K, shape, scale: scale, into: &span)
}

/// scores = scale · q·kᵀ, -∞ above the diagonal; see `attentionScores`.
func score(_ q: [Float], _ k: [Float], _ shape: AttentionShape, scale: Float, into scores: inout [Float]) {
    var span = scores.mutableSpan
    attentionScores(q.span, k.span, stride: shape.H * shape.K, shape, scale: scale, into: &span)
}

/// Replaces scores by their pattern; see `causalSoftmax`.
func makePattern(_ scores: inout [Float], _ shape: AttentionShape) {
    var span = scores.mutableSpan
    causalSoftmax(&span, shape)
}

/// z = pattern · v; see `attentionAverage`.
func average(_ pattern: [Float], _ v: [Float], _ shape: AttentionShape, into z: inout [Float]) {
    var span = z.mutableSpan
    attentionAverage(pattern.span, v.span, stride: shape.H * shape.K, shape, into: &span)
}
