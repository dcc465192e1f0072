private import Attribution
private import Checkpoints
private import GPT2
private import Kernels
private import Tensors

// The residual stream before a layer is a sum of parts, and whatever reads it linearly through a LayerNorm whose σ is held fixed reads each
// part by itself:
//
// 1. Of each part at each token j, the product with each of n directions w: of a look (ℓ, h, s) it is A_h(j, s) · v_s W_O^h w, so the
//    products v_s W_O^h w are computed once for all destinations.
// 2. A reading gives tokens weights: reading(part) = Σ_j weight_j · (part_j · w). One token with 1/σ is what a query or a key reads; a
//    source against the mean of the others has weights of both signs.
// 3. The readings of all parts sum to Σ_j weight_j · (resid_pre_j · w), whatever the weights.

/// Every part of the residual stream before a layer, multiplied with some directions.
///
/// - Complexity: 2·n·D² flops and 2·n·T·D for each layer below.
public struct PartProjections: Sendable {
    /// The layer whose input is taken apart; the number of layers for the stream that is unembedded.
    public let layer: Int
    /// How many directions.
    public let count: Int
    private let pass: PromptPass
    /// By layer: [H, T, n] v_s W_O^h w.
    private let values: [[Float]]
    /// By layer: [T, n] and [n].
    private let mlps: [[Float]], biases: [[Float]]
    /// [T, n] each.
    private let embeddings: [Float], positions: [Float]

    /// Multiplies.
    ///
    /// - Parameters:
    ///   - pass: The prompt's pass.
    ///   - layer: Before which layer.
    ///   - directions: [n, D] of zero mean each, since LayerNorm takes the mean away.
    /// - Throws: ``GPT2Error``.
    public init(_ pass: PromptPass, before layer: Int, directions: [Float]) throws {
        let (T, D, H, K) = (pass.T, pass.D, pass.H, pass.K)
        precondition(directions.count % D == 0, "\(directions.count) elements in directions of \(D)")
        let n = directions.count / D
        (self.pass, self.layer, count) = (pass, layer, n)
        var values: [[Float]] = [], mlps: [[Float]] = [], biases: [[Float]] = []
        for below in 0..<layer {
            let block = try pass.model.block(below)
            let reads = Self.product(directions, block.c_proj.weight, n, D, D)
            var products = [Float](repeating: 0, count: H * T * n)
            for head in 0..<H { Self.project(pass.layers[below].v, reads, head: head, (T, H, K, n), into: &products) }
            values.append(products)
            mlps.append(Self.product(pass.layers[below].mlp_out, directions, T, n, D))
            biases.append(Self.product(block.c_proj.bias, directions, 1, n, D))
        }
        (self.values, self.mlps, self.biases) = (values, mlps, biases)
        embeddings = Self.product(pass.embedding, directions, T, n, D)
        positions = Self.product(pass.position, directions, T, n, D)
    }

    /// [m, n] rows [m, k] times other rows [n, k].
    private static func product(_ rows: [Float], _ others: [Float], _ m: Int, _ n: Int, _ k: Int) -> [Float] {
        var product = [Float](repeating: 0, count: m * n)
        var span = product.mutableSpan
        gemm(m, n, k, rows.span, others.span, into: &span, transposeB: true)
        return product
    }

    /// [T, n] of `products` for one head: its values [T, K] times what each direction reads of them [n, K].
    private static func project(
        _ v: [Float], _ reads: [Float], head: Int, _ sizes: (T: Int, H: Int, K: Int, n: Int), into products: inout [Float]
    ) {
        let (T, H, K, n) = sizes
        var whole = products.mutableSpan
        var part = whole.part(head * T * n..<(head + 1) * T * n)
        gemm(
            T, n, K, v.span.extracting(head * K..<v.count), reads.span.extracting(head * K..<reads.count), into: &part,
            transposeB: true, lda: H * K, ldb: H * K)
    }

    /// [T] one part at every token, multiplied with a direction.
    public func row(_ part: StreamPart, direction: Int) -> [Float] {
        let (T, H, n) = (pass.T, pass.H, count)
        switch part {
        case .embedding: return (0..<T).map { embeddings[$0 * n + direction] }
        case .position: return (0..<T).map { positions[$0 * n + direction] }
        case .mlp(let layer): return (0..<T).map { mlps[layer][$0 * n + direction] }
        case .bias(let layer): return Array(repeating: biases[layer][direction], count: T)
        case .look(let layer, let head, let source):
            let value = values[layer][(head * T + source) * n + direction]
            let pattern = pass.layers[layer].attention.pattern.values
            return (0..<T).map { $0 < source ? 0 : pattern[(head * T + $0) * T + source] * value }
        case .head(let layer, let head):
            var row = [Float](repeating: 0, count: T)
            precondition(head < H, "head \(head) of \(H)")
            for source in 0..<T {
                for (j, value) in self.row(.look(layer: layer, head: head, source: source), direction: direction).enumerated() {
                    row[j] += value
                }
            }
            return row
        case .offset: return Array(repeating: 0, count: T)
        }
    }

    /// What each part contributes to a reading: Σ_j weight_j · (part_j · w).
    ///
    /// - Parameters:
    ///   - direction: Which w.
    ///   - weights: [T] by token; mostly 0.
    /// - Returns: Every part but those that are nothing by construction.
    /// - Complexity: O(layers · H · T) for each token with a weight.
    public func contributions(direction: Int, weights: [Float]) -> [PartContribution] {
        let (T, H, n) = (pass.T, pass.H, count)
        precondition(weights.count == T, "\(weights.count) weights for \(T) tokens")
        let places = weights.indices.filter { weights[$0] != 0 }
        guard let last = places.last else { return [] }
        func sum(_ rows: [Float]) -> Double { places.reduce(0) { $0 + Double(weights[$1] * rows[$1 * n + direction]) } }
        var found = [
            PartContribution(.embedding, sum(embeddings)), PartContribution(.position, sum(positions)),
        ]
        let whole = places.reduce(0) { $0 + Double(weights[$1]) }
        var moved = [Float](repeating: 0, count: last + 1)
        for below in 0..<layer {
            let pattern = pass.layers[below].attention.pattern.values
            for head in 0..<H {
                for source in 0...last { moved[source] = 0 }
                for j in places {
                    let row = (head * T + j) * T
                    for source in 0...j { moved[source] += weights[j] * pattern[row + source] }
                }
                for source in 0...last {
                    let value = values[below][(head * T + source) * n + direction]
                    found.append(
                        PartContribution(.look(layer: below, head: head, source: source), Double(moved[source] * value)))
                }
            }
            found.append(PartContribution(.bias(layer: below), whole * Double(biases[below][direction])))
            found.append(PartContribution(.mlp(layer: below), sum(mlps[below])))
        }
        return found
    }
}
