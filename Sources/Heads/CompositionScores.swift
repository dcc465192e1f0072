private import Kernels
public import Tensors

// How strongly what head A writes is read by a later head B, without ever making a D × D product:
//
// 1. For a direction d of the residual stream, y = dᵀR with the map R [D, K] through which B reads (W_Q, W_K or W_V), and
//    ‖dᵀ R Sᵀ‖² = y (SᵀS) yᵀ with the map S behind it (W_K, W_Q or W_Oᵀ): only the K × K inner products of S are needed.
// 2. Elhage's score takes all of A's output at once: ‖W_V W_O R Sᵀ‖² = Σ (G_A C) ∘ (C G_B), with C = W_O R [K, K], G_A = W_VᵀW_V and
//    G_B = SᵀS.
// 3. A whole layer's heads go in one product: C is [H·K, H·K] for two layers.
//
// Source: specification 4.1 and 4.2.

/// What composition needs of the layer that writes.
public struct LayerWriter: Sendable {
    /// [H·K, D] the output map.
    let W_O: [Float]
    /// [H, K, K] W_VᵀW_V.
    let gram: [Float]
    /// [H] ‖W_V·W_O‖.
    let norms: [Double]

    /// A layer as a writer.
    public init(_ maps: HeadMaps, _ grams: HeadGrams) { (W_O, gram, norms) = (maps.W_O, grams.V, grams.normOV) }
}

/// How strongly directions of the residual stream are read by a layer's heads.
public struct DirectionReader: Sendable {
    private let reading: [Float], behind: [Float], norms: [Double]
    private let D: Int, H: Int, K: Int

    /// The heads of a layer, by one of their inputs.
    public init(_ maps: HeadMaps, _ grams: HeadGrams, _ kind: CompositionKind) {
        (reading, behind, norms) = (maps.reading(kind), grams.behind(kind), grams.norms(kind))
        (D, H, K) = (maps.d_model, maps.n_heads, maps.d_head)
    }

    /// ‖dᵀ M‖ / ‖M‖ for each direction and each head's map M = R Sᵀ.
    ///
    /// - Parameter directions: [n, D] of unit length.
    /// - Returns: [n, H]; 0 for a head whose map is zero.
    /// - Complexity: 2·n·D·(D + K) flops.
    public func strengths(_ directions: [Float]) -> [Float] {
        let n = directions.count / D
        let y = product(n, D, D, directions, reading)
        let weighted = weigh(y, rows: n)
        var found: [Float] = []
        found.reserveCapacity(n * H)
        for row in 0..<n {
            for head in 0..<H {
                let start = row * D + head * K
                let square = max(0, sumOfProducts(y, weighted, start..<start + K))
                found.append(norms[head] > 0 ? Float(square.squareRoot() / norms[head]) : 0)
            }
        }
        return found
    }

    /// Rows [n, H·K] times each head's own [K, K].
    private func weigh(_ rows: [Float], rows n: Int) -> [Float] {
        var weighted = [Float](scratch: n * D)
        var span = weighted.mutableSpan
        for head in 0..<H {
            var part = span.part(head * K..<n * D)
            gemm(
                n, K, K, rows.span.extracting(head * K..<rows.count),
                behind.span.extracting(head * K * K..<(head + 1) * K * K), into: &part, lda: D, ldc: D)
        }
        return weighted
    }

    /// Elhage's composition score of each head of an earlier layer with each head of this one.
    ///
    /// - Parameter writer: The earlier layer.
    /// - Returns: [H, H] by writer and reader, ‖OV_A M_B‖ / (‖OV_A‖ ‖M_B‖); 0 where one of the maps is zero.
    /// - Complexity: 2·D²·(D + 2·K) flops.
    public func scores(from writer: LayerWriter) -> [Float] {
        let C = product(D, D, D, writer.W_O, reading)
        let right = weigh(C, rows: D)
        var left = [Float](scratch: D * D)
        var span = left.mutableSpan
        for head in 0..<H {
            var rows = span.part(head * K * D..<(head + 1) * K * D)
            gemm(
                K, D, K, writer.gram.span.extracting(head * K * K..<(head + 1) * K * K),
                C.span.extracting(head * K * D..<(head + 1) * K * D), into: &rows)
        }
        var found: [Float] = []
        for source in 0..<H {
            for reader in 0..<H {
                var square = 0.0
                for row in source * K..<(source + 1) * K {
                    let range = row * D + reader * K..<row * D + (reader + 1) * K
                    square += Double(dot(left.span.extracting(range), right.span.extracting(range)))
                }
                let norm = writer.norms[source] * norms[reader]
                found.append(norm > 0 ? Float(max(0, square).squareRoot() / norm) : 0)
            }
        }
        return found
    }
}

/// Directions that a head could write, drawn evenly: of unit length and without a mean.
///
/// - Parameters:
///   - count: How many.
///   - D: The width of the residual stream, at least 2.
///   - generator: The dice.
/// - Returns: [count, D].
public func randomDirections(_ count: Int, _ D: Int, _ generator: inout RandomGenerator) -> [Float] {
    precondition(D >= 2, "in \(D) dimensions nothing without a mean has a length")
    var directions: [Float] = []
    directions.reserveCapacity(count * D)
    for _ in 0..<count {
        var drawn = (0..<D).map { _ in generator.normal() }
        let mean = drawn.reduce(0, +) / Double(D)
        for d in 0..<D { drawn[d] -= mean }
        let length = drawn.reduce(0) { $0 + $1 * $1 }.squareRoot()
        directions += drawn.map { Float($0 / length) }
    }
    return directions
}

/// What a direction that points nowhere in particular scores with each head of a layer.
public struct StrengthBaseline: Sendable {
    /// [H] the mean over random directions.
    public let mean: [Double]
    /// [H] their standard deviation.
    public let sd: [Double]

    /// The baseline of a layer's heads.
    ///
    /// - Parameters:
    ///   - reader: The heads.
    ///   - directions: [n, D] random ones, at least two.
    public init(_ reader: DirectionReader, _ directions: [Float], n_heads H: Int) {
        let strengths = reader.strengths(directions), n = strengths.count / H
        precondition(n >= 2, "a spread of \(n) directions")
        var mean = [Double](repeating: 0, count: H), sd = mean
        for head in 0..<H {
            let values = (0..<n).map { Double(strengths[$0 * H + head]) }
            mean[head] = values.reduce(0, +) / Double(n)
            sd[head] = (values.reduce(0) { $0 + ($1 - mean[head]) * ($1 - mean[head]) } / Double(n - 1)).squareRoot()
        }
        (self.mean, self.sd) = (mean, sd)
    }

    /// How many standard deviations a strength lies above the mean; 0 for a head that reads every direction alike.
    public func z(_ strength: Float, head: Int) -> Double { sd[head] > 0 ? (Double(strength) - mean[head]) / sd[head] : 0 }
}
