private import Checkpoints
public import GPT2
private import Kernels
private import Tensors

/// A layer's four maps as the residual stream's directions see them: the LayerNorm's gain folded in, and what no LayerNorm reads
/// removed.
///
/// The rows of W_O have no mean, since every reader subtracts it; the columns of the reading maps have none, since what they read has
/// none. The norms of W_Q·W_Kᵀ and W_V·W_O are then those that the literature publishes.
/// *Source:* specification 0.1; TransformerLens's `fold_ln`, `center_writing_weights`.
public struct HeadMaps: Sendable {
    /// Heads, and the width of each.
    public let n_heads, d_head: Int
    /// The width of the residual stream.
    public let d_model: Int
    /// [D, H·K] each; columns head by head.
    public let W_Q, W_K, W_V: [Float]
    /// [H·K, D]; rows head by head.
    public let W_O: [Float]

    /// The maps of a layer.
    ///
    /// - Throws: ``GPT2Error/layerOutOfRange(layer:n_layers:)``.
    /// - Complexity: O(D²) time and memory.
    public init(_ model: GPT2Model, layer: Int) throws(GPT2Error) {
        let c = model.configuration, block = try model.block(layer), folded = try model.foldedQK(layer), D = c.d_model
        (n_heads, d_head, d_model) = (c.n_heads, c.d_head, D)
        (W_Q, W_K) = (folded.W_Q.values, folded.W_K.values)
        var values = [Float](scratch: D * D)
        for d in 0..<D {
            let row = (3 * d + 2) * D
            for column in 0..<D { values[d * D + column] = block.ln1.gain[d] * block.c_attn.weight[row + column] }
        }
        var sums = [Double](repeating: 0, count: D)
        for d in 0..<D { for column in 0..<D { sums[column] += Double(values[d * D + column]) } }
        for d in 0..<D { for column in 0..<D { values[d * D + column] -= Float(sums[column] / Double(D)) } }
        W_V = values
        W_O = Self.centredRows(block.c_proj.weight, D)
    }

    /// Subtracts from each row of [n, D] its mean.
    private static func centredRows(_ rows: [Float], _ D: Int) -> [Float] {
        var centred = rows
        for row in 0..<rows.count / D {
            let mean = Float(rows[row * D..<(row + 1) * D].reduce(0) { $0 + Double($1) } / Double(D))
            for d in row * D..<(row + 1) * D { centred[d] -= mean }
        }
        return centred
    }
}

/// Which input of a later head an earlier head's output becomes.
///
/// *Source:* Elhage et al., "A Mathematical Framework for Transformer Circuits" (2021).
public enum CompositionKind: String, Sendable, CaseIterable {
    /// Queries, keys or values.
    case q, k, v
}

extension HeadMaps {
    /// [D, H·K] the map through which composition of a kind reads.
    func reading(_ kind: CompositionKind) -> [Float] {
        switch kind {
        case .q: W_Q
        case .k: W_K
        case .v: W_V
        }
    }
}

/// The inner products of a layer's maps, head by head: [H, K, K] each, symmetric.
public struct HeadGrams: Sendable {
    /// WᵀW of the three reading maps, W·Wᵀ of W_O.
    public let Q, K, V, O: [Float]
    /// [H] ‖W_Q·W_Kᵀ‖ and ‖W_V·W_O‖, Frobenius.
    public let normQK, normOV: [Double]

    /// The inner products of a layer's maps.
    ///
    /// - Complexity: 8·D²·K flops.
    public init(_ maps: HeadMaps) {
        let (D, H, width) = (maps.d_model, maps.n_heads, maps.d_head)
        func columns(_ W: [Float]) -> [Float] {
            (0..<H).flatMap { head in
                product(width, width, D, W, W, atA: head * width, atB: head * width, transposeA: true, lda: D, ldb: D)
            }
        }
        (Q, K, V) = (columns(maps.W_Q), columns(maps.W_K), columns(maps.W_V))
        let W_O = maps.W_O
        O = (0..<H).flatMap { head in
            product(width, width, D, W_O, W_O, atA: head * width * D, atB: head * width * D, transposeB: true)
        }
        let size = width * width
        func norms(_ first: [Float], _ second: [Float]) -> [Double] {
            (0..<H).map { head in
                max(0, sumOfProducts(first, second, head * size..<(head + 1) * size)).squareRoot()
            }
        }
        normQK = norms(Q, K)
        normOV = norms(V, O)
    }

    /// [H, K, K] the inner products of the map behind the one that reads.
    func behind(_ kind: CompositionKind) -> [Float] {
        switch kind {
        case .q: K
        case .k: Q
        case .v: O
        }
    }

    /// [H] the norm of the whole map that reads.
    func norms(_ kind: CompositionKind) -> [Double] { kind == .v ? normOV : normQK }
}

/// Σ aᵢbᵢ over a range, in double precision.
func sumOfProducts(_ a: [Float], _ b: [Float], _ range: Range<Int>) -> Double {
    var sum = 0.0
    for index in range { sum += Double(a[index]) * Double(b[index]) }
    return sum
}

/// op(A)·op(B), [m, n], of matrices that begin at elements `atA` and `atB`; see `gemm`.
func product(
    _ m: Int, _ n: Int, _ k: Int, _ A: [Float], _ B: [Float], atA: Int = 0, atB: Int = 0, transposeA: Bool = false,
    transposeB: Bool = false, lda: Int? = nil, ldb: Int? = nil
) -> [Float] {
    var C = [Float](scratch: m * n)
    var span = C.mutableSpan
    gemm(
        m, n, k, A.span.extracting(atA..<A.count), B.span.extracting(atB..<B.count), into: &span, transposeA: transposeA,
        transposeB: transposeB, lda: lda, ldb: ldb)
    return C
}
