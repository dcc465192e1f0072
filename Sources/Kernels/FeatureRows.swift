private import CKernels
private import Glibc
public import Tensors

// A sparse autoencoder's step. Each feature's two rows are read and written once, by one thread; a feature without an active token
// costs nothing but a count. With β₁ = 0 its weights stand still then, and its second moments only decay: the factors it has missed
// are multiplied in one after the other when it is active again, which leaves the very bits of a step that had touched every row.

/// The encoder's rows and biases and the decoder's rows of F features, or what goes with each of their elements.
public struct FeatureBuffers: Sendable, Equatable {
    /// [F, D]: the encoder's columns, one after the other.
    public var W_enc: [Float]
    /// [F].
    public var b_enc: [Float]
    /// [F, D].
    public var W_dec: [Float]

    /// Zeros.
    public init(zeros F: Int, width D: Int) {
        W_enc = Array(repeating: 0, count: F * D)
        b_enc = Array(repeating: 0, count: F)
        W_dec = W_enc
    }

    /// Sets all of one feature to 0.
    public mutating func clear(_ feature: Int) {
        let D = W_enc.count / b_enc.count
        for place in feature * D..<(feature + 1) * D {
            W_enc[place] = 0
            W_dec[place] = 0
        }
        b_enc[feature] = 0
    }
}

/// Active features sorted by feature, with the loss's gradient at what they reconstruct.
public struct FeatureEntries: Sendable {
    /// [F + 1] feature a's entries are `offsets[a] ..< offsets[a + 1]`.
    public let offsets: [Int]
    /// The entries' tokens.
    public let tokens: [Int32]
    /// The entries' activations.
    public let values: [Float]
    /// [N, D] the gradient at the reconstruction.
    public let gradient: [Float]
    /// What the sparsity penalty adds to each activation's gradient.
    public let penalty: Float

    /// A list from its parts.
    public init(offsets: [Int], tokens: [Int32], values: [Float], gradient: [Float], penalty: Float) {
        precondition(
            offsets.last ?? 0 <= tokens.count && tokens.count == values.count,
            "offsets end at \(offsets.last ?? 0), \(tokens.count) tokens, \(values.count) values")
        (self.offsets, self.tokens, self.values, self.gradient, self.penalty) = (offsets, tokens, values, gradient, penalty)
    }
}

/// Adam with β₁ = 0, which needs no first moment.
///
/// *Source:* Kingma & Ba 2015; β₁ = 0 as in Kissane et al. 2024, and as sae-lens has it by default.
public struct SecondMoment: Sendable, Codable, Equatable {
    /// Decay of the second moment.
    public var beta2: Float
    /// Added to the root of the second moment.
    public var epsilon: Float

    /// Settings.
    public init(beta2: Float = 0.999, epsilon: Float = 1e-8) { (self.beta2, self.epsilon) = (beta2, epsilon) }

    /// One step over one parameter buffer.
    ///
    /// - Parameters:
    ///   - parameters: [n] in and out.
    ///   - gradient: [n].
    ///   - second: [n] second moment, in and out.
    ///   - learningRate: This step's rate.
    ///   - step: This step's number, counted from 1.
    public func step(_ parameters: inout [Float], gradient: [Float], second: inout [Float], learningRate: Float, step: Int) {
        let s = kernel(learningRate: learningRate, step: step)
        precondition(
            gradient.count == parameters.count && second.count == parameters.count,
            "\(parameters.count) parameters, \(gradient.count) gradients, moments of \(second.count)")
        for place in parameters.indices {
            second[place] = beta2 * second[place] + (1 - beta2) * gradient[place] * gradient[place]
            parameters[place] -= learningRate * gradient[place] / (second[place].squareRoot() * s.root_scale + epsilon)
        }
    }

    /// One step's numbers as the kernels take them.
    fileprivate func kernel(learningRate: Float, step: Int) -> qk_second_moment {
        let rootScale = 1 / (1 - pow(Double(beta2), Double(step))).squareRoot()
        return qk_second_moment(
            beta2: beta2, learning_rate: learningRate, root_scale: Float(rootScale), epsilon: epsilon)
    }
}

/// The features are stepped in so many blocks, whatever the number of threads, so that the sum over all of them has one order.
private let featureBlocks = 64

/// One step of all features from their active entries: gradients, the decoder rows' unit norm, Adam.
///
/// 1. For each entry: df = gradient · W_dec[a] + penalty; dW_dec[a] += f·gradient, dW_enc[a] += df·x, db_enc[a] += df.
/// 2. What is parallel to W_dec[a] is taken out of its gradient.
/// 3. Adam; W_dec[a] is given unit norm again.
///
/// - Parameters:
///   - lists: One or two lists of entries.
///   - x: [N, D] what was encoded, b_dec subtracted.
///   - weights: The weights, in and out.
///   - moments: Second moments, in and out.
///   - idle: [F] how many steps each feature's moments have missed, in and out.
///   - adam: Adam's settings.
///   - learningRate: This step's rate.
///   - step: This step's number, counted from 1.
///   - db_dec: [D] to which −Σ db_enc[a] W_enc[a] is added: the gradient at b_dec by way of the encoder.
/// - Complexity: three passes over a row for each entry; one pass over four rows for each active feature.
public func stepFeatures(
    _ lists: [FeatureEntries], x: [Float], weights: inout FeatureBuffers, moments: inout FeatureBuffers, idle: inout [Int32],
    adam: SecondMoment, learningRate: Float, step: Int, db_dec: inout [Float]
) {
    let F = weights.b_enc.count, D = db_dec.count, s = adam.kernel(learningRate: learningRate, step: step)
    check(weights, moments, idle, F, D)
    for list in lists { precondition(list.offsets.count == F + 1, "\(list.offsets.count) offsets for \(F) features") }
    var parts = [[Float]](repeating: Array(repeating: 0, count: 3 * D), count: featureBlocks)
    unsafe withEntries(lists) { entries in
        unsafe x.withUnsafeBufferPointer { x in
            unsafe withFeatures(&weights.W_enc, &weights.b_enc, &weights.W_dec) { w in
                unsafe withFeatures(&moments.W_enc, &moments.b_enc, &moments.W_dec) { v in
                    unsafe idle.withUnsafeMutableBufferPointer { idle in
                        inParallel(&parts) { block, sums in
                            let range = part(block, of: featureBlocks, F)
                            unsafe sums.withUnsafeMutableBufferPointer { sums in
                                unsafe qk_step_features(
                                    entries.baseAddress, entries.count, x.baseAddress, range.lowerBound, range.upperBound, D, w,
                                    v,
                                    idle.baseAddress, s, sums.baseAddress, sums.baseAddress! + D)
                            }
                        }
                    }
                }
            }
        }
    }
    for sums in parts { for column in 0..<D { db_dec[column] += sums[column] } }
}

/// One step of all features from gradients that are at hand: steps 2 and 3 of the step from entries.
///
/// - Parameters:
///   - gradient: dW_enc, db_enc and dW_dec; used up.
///   - active: [F] more than 0 where a feature was active at any token; the others' gradients are 0.
public func stepFeatures(
    gradient: inout FeatureBuffers, active: [Float], weights: inout FeatureBuffers, moments: inout FeatureBuffers,
    idle: inout [Int32], adam: SecondMoment, learningRate: Float, step: Int, db_dec: inout [Float]
) {
    let F = weights.b_enc.count, D = db_dec.count, s = adam.kernel(learningRate: learningRate, step: step)
    check(weights, moments, idle, F, D)
    check(gradient, moments, idle, F, D)
    precondition(active.count == F, "\(active.count) counts for \(F) features")
    var parts = [[Float]](repeating: Array(repeating: 0, count: D), count: featureBlocks)
    unsafe withFeatures(&gradient.W_enc, &gradient.b_enc, &gradient.W_dec) { g in
        unsafe withFeatures(&weights.W_enc, &weights.b_enc, &weights.W_dec) { w in
            unsafe withFeatures(&moments.W_enc, &moments.b_enc, &moments.W_dec) { v in
                unsafe idle.withUnsafeMutableBufferPointer { idle in
                    unsafe active.withUnsafeBufferPointer { active in
                        inParallel(&parts) { block, sums in
                            let range = part(block, of: featureBlocks, F)
                            unsafe sums.withUnsafeMutableBufferPointer { sums in
                                unsafe qk_step_features_with(
                                    g, active.baseAddress, range.lowerBound, range.upperBound, D, w, v, idle.baseAddress, s,
                                    sums.baseAddress)
                            }
                        }
                    }
                }
            }
        }
    }
    for sums in parts { for column in 0..<D { db_dec[column] += sums[column] } }
}

/// The error of a sparse reconstruction, times a factor, and its squared norms.
///
/// - Parameters:
///   - active: Activations by token.
///   - W_dec: [F, D].
///   - b_dec: [D].
///   - truth: [N, D] z.
///   - factor: What the error is multiplied by.
///   - gradient: [N, D] out: factor·(ẑ − z).
///   - squares: [N] out: ‖ẑ − z‖².
public func reconstructionError(
    _ active: borrowing SparseRows, W_dec: [Float], b_dec: [Float], truth: [Float], factor: Float, gradient: inout [Float],
    squares: inout [Float]
) {
    let N = active.rows, D = b_dec.count
    precondition(
        truth.count == N * D && gradient.count == N * D && squares.count == N,
        "\(N) rows of \(D); truth \(truth.count), gradient \(gradient.count), squares \(squares.count)")
    let (offsets, indices, values) = (active.offsets, active.indices, active.values)
    unsafe offsets.withUnsafeBufferPointer { o in
        unsafe indices.withUnsafeBufferPointer { i in
            unsafe values.withUnsafeBufferPointer { v in
                unsafe W_dec.withUnsafeBufferPointer { w in
                    unsafe b_dec.withUnsafeBufferPointer { b in
                        unsafe truth.withUnsafeBufferPointer { z in
                            unsafe gradient.withUnsafeMutableBufferPointer { g in
                                unsafe squares.withUnsafeMutableBufferPointer { s in
                                    inParallel(rows: N, grain: errorGrain) { rows in
                                        unsafe qk_reconstruction_error(
                                            o.baseAddress, i.baseAddress, v.baseAddress, rows.lowerBound, rows.upperBound,
                                            w.baseAddress, b.baseAddress, z.baseAddress, D, factor, g.baseAddress, s.baseAddress)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The fewest tokens whose reconstruction is worth a thread.
private let errorGrain = 16

/// out ← each row less the same row.
///
/// - Parameters:
///   - rows: [N, D].
///   - row: [D].
///   - out: [N, D] out.
public func subtractRow(_ rows: Span<Float>, _ row: Span<Float>, into out: inout MutableSpan<Float>) {
    let D = row.count
    precondition(
        D > 0 && rows.count % D == 0 && out.count == rows.count, "\(rows.count) elements less rows of \(D) into \(out.count)")
    unsafe rows.withUnsafeBufferPointer { z in
        unsafe row.withUnsafeBufferPointer { b in
            unsafe out.withUnsafeMutableBufferPointer { x in
                inParallel(rows: z.count / D, grain: elementGrain / D) { part in
                    let first = part.lowerBound * D
                    unsafe qk_subtract_row(
                        z.baseAddress! + first, b.baseAddress, part.count, D, x.baseAddress! + first)
                }
            }
        }
    }
}

private func check(_ buffers: FeatureBuffers, _ moments: FeatureBuffers, _ idle: [Int32], _ F: Int, _ D: Int) {
    let counts = [buffers.W_enc.count, buffers.W_dec.count, moments.W_enc.count, moments.W_dec.count]
    precondition(
        counts.allSatisfy { $0 == F * D } && buffers.b_enc.count == F && moments.b_enc.count == F && idle.count == F,
        "\(F) features of \(D); matrices of \(counts), \(idle.count) idle counts")
}

/// Calls `body` with the addresses of three buffers.
private func withFeatures(
    _ W_enc: inout [Float], _ b_enc: inout [Float], _ W_dec: inout [Float], _ body: (qk_features) -> Void
) {
    unsafe W_enc.withUnsafeMutableBufferPointer { encoder in
        unsafe b_enc.withUnsafeMutableBufferPointer { bias in
            unsafe W_dec.withUnsafeMutableBufferPointer { decoder in
                unsafe body(qk_features(W_enc: encoder.baseAddress, b_enc: bias.baseAddress, W_dec: decoder.baseAddress))
            }
        }
    }
}

/// Calls `body` with the lists as the kernel takes them.
private func withEntries(_ lists: [FeatureEntries], _ body: (UnsafeBufferPointer<qk_entries>) -> Void) {
    func add(_ rest: ArraySlice<FeatureEntries>, _ found: [qk_entries]) {
        guard let list = rest.first else { return unsafe found.withUnsafeBufferPointer { unsafe body($0) } }
        unsafe list.offsets.withUnsafeBufferPointer { o in
            unsafe list.tokens.withUnsafeBufferPointer { t in
                unsafe list.values.withUnsafeBufferPointer { v in
                    unsafe list.gradient.withUnsafeBufferPointer { g in
                        let entries = unsafe qk_entries(
                            offsets: o.baseAddress, tokens: t.baseAddress, values: v.baseAddress, gradient: g.baseAddress,
                            penalty: list.penalty)
                        unsafe add(rest.dropFirst(), found + [entries])
                    }
                }
            }
        }
    }
    unsafe add(lists[...], [])
}
