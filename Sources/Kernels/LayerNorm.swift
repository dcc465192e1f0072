private import CKernels

/// Normalises each row: (r − mean r)/σ with σ = √(mean (r − mean r)² + ε).
///
/// - Parameters:
///   - rows: [N, D] the residual stream.
///   - d_model: D.
///   - epsilon: ε, the model's `layer_norm_epsilon`.
///   - normalised: [N, D] out, without gain and bias.
///   - scale: [N] out, σ of each row.
public func layerNormalise(
    _ rows: Span<Float>, d_model: Int, epsilon: Float, into normalised: inout MutableSpan<Float>, scale: inout MutableSpan<Float>
) {
    let count = rows.count / d_model
    precondition(
        normalised.count >= rows.count && scale.count >= count && rows.count == count * d_model,
        "\(rows.count) elements in rows of \(d_model) need as many out and \(count) scales; have \(normalised.count) and \(scale.count)"
    )
    unsafe rows.withUnsafeBufferPointer { input in
        unsafe normalised.withUnsafeMutableBufferPointer { output in
            unsafe scale.withUnsafeMutableBufferPointer { scale in
                inParallel(rows: count, grain: max(elementGrain / d_model, 1)) {
                    for row in $0 {
                        unsafe scale[row] = unsafe qk_normalise(
                            input.baseAddress! + row * d_model, output.baseAddress! + row * d_model, d_model, epsilon)
                    }
                }
            }
        }
    }
}

/// LayerNorm whole: (r − mean r)/σ · gain + bias, for each row.
///
/// - Parameters:
///   - rows: [N, D] the residual stream.
///   - gain: [D].
///   - bias: [D].
///   - epsilon: The model's `layer_norm_epsilon`.
///   - normalised: [N, D] out.
public func layerNormalise(
    _ rows: Span<Float>, gain: Span<Float>, bias: Span<Float>, epsilon: Float, into normalised: inout MutableSpan<Float>
) {
    let d_model = gain.count
    precondition(
        bias.count == d_model && rows.count % d_model == 0 && normalised.count >= rows.count,
        "gain of \(d_model), bias of \(bias.count), \(rows.count) elements in and \(normalised.count) out")
    unsafe rows.withUnsafeBufferPointer { input in
        unsafe gain.withUnsafeBufferPointer { g in
            unsafe bias.withUnsafeBufferPointer { b in
                unsafe normalised.withUnsafeMutableBufferPointer { output in
                    inParallel(rows: input.count / d_model, grain: max(elementGrain / d_model, 1)) {
                        for row in $0 {
                            let target = unsafe output.baseAddress! + row * d_model
                            _ = unsafe qk_normalise(input.baseAddress! + row * d_model, target, d_model, epsilon)
                            // The row is still in the cache.
                            unsafe qk_scale_shift(target, g.baseAddress, b.baseAddress, d_model)
                        }
                    }
                }
            }
        }
    }
}

/// Applies LayerNorm's gain and bias to each row.
///
/// - Parameters:
///   - rows: [N, D] in and out.
///   - gain: [D].
///   - bias: [D].
public func scaleAndShift(_ rows: inout MutableSpan<Float>, gain: Span<Float>, bias: Span<Float>) {
    let d_model = gain.count
    precondition(
        bias.count == d_model && rows.count % d_model == 0, "gain of \(d_model), bias of \(bias.count), rows of \(rows.count)")
    unsafe rows.withUnsafeMutableBufferPointer { output in
        unsafe gain.withUnsafeBufferPointer { g in
            unsafe bias.withUnsafeBufferPointer { b in
                inParallel(rows: output.count / d_model, grain: max(elementGrain / d_model, 1)) {
                    for row in $0 {
                        unsafe qk_scale_shift(output.baseAddress! + row * d_model, g.baseAddress, b.baseAddress, d_model)
                    }
                }
            }
        }
    }
}
