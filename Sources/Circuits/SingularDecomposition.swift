private import Kernels
public import GPT2
public import Tensors

/// A head's bilinear QK map as singular values and vectors: Ω = U·diag(s)·Vᵀ, verified against Ω itself.
///
/// *Source:* specification 2.1; Franco & Crovella (2024), section 3.
public struct SingularDecomposition: Sendable, Equatable {
    /// What was decomposed.
    public let form: QKForm
    /// [D or D + 1, rank] the destination's singular vectors, as columns.
    public let U: Tensor
    /// [rank] the singular values, descending.
    public let s: [Float]
    /// [D or D + 1, rank] the source's singular vectors, as columns.
    public let V: Tensor
    /// [K] each: the biases, the LayerNorm's folded in.
    public let b_Q: [Float], b_K: [Float]
    /// [D] each, of ``QKForm/plain`` only: what to add to x so that the map reads the biases too, c_d·W_Q = b_Q and c_s·W_K = b_K.
    ///
    /// The shortest such vectors; where no vector does it, those that come nearest.
    /// *Source:* specification 2.7, c_d = b_Q·W_Q⁺.
    public let c_d: [Float], c_s: [Float]
    /// max |Ω|.
    public let largest: Float
    /// max |U·diag(s)·Vᵀ − Ω|; at most ``tolerance`` times ``largest``.
    public let reconstructionError: Float

    /// How far a decomposition may be from its map, as a share of the map's largest entry.
    ///
    /// *Source:* specification 2.1; single precision at a rank of 64 stays below 1e-5.
    public static let tolerance: Float = 1e-4

    /// Decomposes one head's map.
    ///
    /// - Parameters:
    ///   - maps: The layer's query and key maps, centred.
    ///   - layer: The layer, for the error.
    ///   - head: The head.
    ///   - n_heads: How many the layer has.
    ///   - form: Which map.
    /// - Throws: ``DecompositionError`` if the result is not the map's decomposition.
    /// - Complexity: for GPT-2 small about 10 ms on the caller's thread.
    public init(_ maps: FoldedQK, layer: Int, head: Int, n_heads: Int, form: QKForm) throws(DecompositionError) {
        let A = Self.rows(maps.W_Q, form.augmentsDestination ? maps.b_Q : nil, head: head, n_heads: n_heads)
        let B = Self.rows(maps.W_K, form.augmentsSource ? maps.b_K : nil, head: head, n_heads: n_heads)
        let found = ProductDecomposition(A.values.span, B.values.span, width: A.shape[1])
        self.form = form
        let own = head * A.shape[1]..<(head + 1) * A.shape[1]
        (b_Q, b_K) = (Array(maps.b_Q.values[own]), Array(maps.b_K.values[own]))
        (c_d, c_s) = form == .plain ? (Self.offset(A, b_Q), Self.offset(B, b_K)) : ([], [])
        U = Tensor([A.shape[0], found.rank], found.U)
        V = Tensor([B.shape[0], found.rank], found.V)
        s = found.s
        (largest, reconstructionError) = Self.deviation(A, B, found)
        let crookedness = max(Self.crookedness(U), Self.crookedness(V))
        // So that a number that is not one passes neither.
        guard reconstructionError <= Self.tolerance * largest, crookedness <= Self.tolerance else {
            throw DecompositionError(
                layer: layer, head: head, form: form, deviation: reconstructionError, largest: largest, crookedness: crookedness)
        }
    }

    /// A decomposition that was verified before it was kept.
    ///
    /// - Precondition: U and V have as many columns as there are singular values.
    init(
        form: QKForm, U: Tensor, s: [Float], V: Tensor, biases: (b_Q: [Float], b_K: [Float]),
        offsets: (c_d: [Float], c_s: [Float]),
        largest: Float, reconstructionError: Float
    ) {
        precondition(
            U.shape.count == 2 && V.shape.count == 2 && U.shape[1] == s.count && V.shape[1] == s.count,
            "singular vectors \(U.shape) and \(V.shape) for \(s.count) values")
        (self.form, self.U, self.s, self.V) = (form, U, s, V)
        (b_Q, b_K) = biases
        (c_d, c_s) = offsets
        (self.largest, self.reconstructionError) = (largest, reconstructionError)
    }

    /// The number of singular values, d_head.
    public var rank: Int { s.count }

    /// ‖Ω‖_F.
    public var frobenius: Double { s.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }

    /// The fewest singular values that hold 90 % of ‖Ω‖²; 0 for a map of zeros.
    public var rank90: Int {
        let squares = s.map { Double($0) * Double($0) }, wanted = 0.9 * squares.reduce(0, +)
        var sum = 0.0, count = 0
        while sum < wanted, count < squares.count {
            sum += squares[count]
            count += 1
        }
        return count
    }

    /// (Σs²)²/Σs⁴: how many singular values of equal size would spread as these do; 0 for a map of zeros.
    public var participationRatio: Double {
        let squares = s.map { Double($0) * Double($0) }
        let sum = squares.reduce(0, +), fourth = squares.reduce(0) { $0 + $1 * $1 }
        return fourth > 0 ? sum * sum / fourth : 0
    }

    /// [D or D + 1] the destination's vector of a term.
    public func u(_ k: Int) -> [Float] { column(U, k) }

    /// [D or D + 1] the source's vector of a term.
    public func v(_ k: Int) -> [Float] { column(V, k) }

    private func column(_ matrix: Tensor, _ k: Int) -> [Float] {
        precondition((0..<rank).contains(k), "term \(k) of \(rank)")
        return (0..<matrix.shape[0]).map { matrix.values[$0 * rank + k] }
    }
}

extension SingularDecomposition {
    /// [D, K] one head's columns of [D, H·K], and its bias [K] as a last row where one is given.
    static func rows(_ W: Tensor, _ bias: Tensor?, head: Int, n_heads: Int) -> Tensor {
        let D = W.shape[0], width = W.shape[1], K = width / n_heads
        var rows: [Float] = []
        rows.reserveCapacity((D + 1) * K)
        for d in 0..<D { rows += W.values[d * width + head * K..<d * width + (head + 1) * K] }
        if let bias { rows += bias.values[head * K..<(head + 1) * K] }
        return Tensor([rows.count / K, K], rows)
    }

    /// [D] b·W⁺: the shortest vector that W [D, K] takes nearest to b.
    private static func offset(_ W: Tensor, _ b: [Float]) -> [Float] {
        let K = b.count
        // W·1ᵀ, so that the decomposition is W's own.
        var unit = [Float](repeating: 0, count: K * K)
        for k in 0..<K { unit[k * K + k] = 1 }
        let found = ProductDecomposition(W.values.span, unit.span, width: K), D = W.shape[0]
        // What rounding leaves of a zero is no direction to divide by.
        let least = (found.s.first ?? 0) * Float(max(D, K)) * Float.ulpOfOne
        var offset = [Double](repeating: 0, count: D)
        for k in 0..<found.rank where found.s[k] > least {
            let share = (0..<K).reduce(0) { $0 + Double(b[$1]) * Double(found.V[$1 * found.rank + k]) } / Double(found.s[k])
            for d in 0..<D { offset[d] += share * Double(found.U[d * found.rank + k]) }
        }
        return offset.map { Float($0) }
    }

    /// max |A·Bᵀ| and max |A·Bᵀ − U·diag(s)·Vᵀ|.
    private static func deviation(_ A: Tensor, _ B: Tensor, _ found: ProductDecomposition) -> (largest: Float, error: Float) {
        let rows = A.shape[0], columns = B.shape[0], rank = found.rank
        var product = [Float](scratch: rows * columns)
        var span = product.mutableSpan
        gemm(rows, columns, A.shape[1], A.values.span, B.values.span, into: &span, transposeB: true)
        let largest = magnitude(product)
        var scaled = found.U
        for index in scaled.indices { scaled[index] *= found.s[index % rank] }
        span = product.mutableSpan
        gemm(rows, columns, rank, scaled.span, found.V.span, into: &span, alpha: -1, beta: 1, transposeB: true)
        return (largest, magnitude(product))
    }

    /// max |MᵀM − 1|.
    private static func crookedness(_ M: Tensor) -> Float {
        let rank = M.shape[1]
        var gram = [Float](scratch: rank * rank)
        var span = gram.mutableSpan
        gemm(rank, rank, M.shape[0], M.values.span, M.values.span, into: &span, transposeA: true)
        for k in 0..<rank { gram[k * rank + k] -= 1 }
        return magnitude(gram)
    }

    /// The largest magnitude; not a number if one of them is not.
    private static func magnitude(_ values: [Float]) -> Float {
        var largest: Float = 0
        let span = values.span
        for index in span.indices {
            let value = abs(span[index])
            if value.isNaN { return value }
            if value > largest { largest = value }
        }
        return largest
    }
}

/// A decomposition that is not that of the map it was made from; it is neither used nor kept.
public struct DecompositionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The head.
    public let layer: Int, head: Int
    /// The map.
    public let form: QKForm
    /// max |U·diag(s)·Vᵀ − Ω|.
    public let deviation: Float
    /// max |Ω|.
    public let largest: Float
    /// max |UᵀU − 1| or |VᵀV − 1|.
    public let crookedness: Float

    /// One sentence with the numbers.
    public var description: String {
        "the \(form.rawValue) map of head \(layer).\(head) is off by \(deviation) from its singular decomposition, whose vectors are "
            + "off by \(crookedness) from orthonormal; allowed are \(SingularDecomposition.tolerance) of its largest entry \(largest), "
            + "and \(SingularDecomposition.tolerance)"
    }
}
