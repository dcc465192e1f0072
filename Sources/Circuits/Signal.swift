public import Tensors

// What a look reads (specification 2.2): of each kept term k one direction per side, σ_k·√s_k·u_k at the destination and σ_k·√s_k·v_k at
// the source, where σ_k is the sign of x̃·u_k or v_k·x̃ there. What something adds to the residual stream is read by them after division
// by the LayerNorm's σ at that position.

/// Which end of a look.
public enum LookSide: String, Sendable, Hashable, CaseIterable, Codable {
    /// Where the head looks from: the query.
    case destination
    /// What it looks at: the key.
    case source
}

/// What a head reads at one end of a look: a few singular vectors.
public struct Signal: Sendable, Equatable {
    /// The end.
    public let side: LookSide
    /// [n] the terms, in the order in which they were taken.
    public let terms: [Int]
    /// [n] ±1: the side the position's x̃ is on.
    public let signs: [Float]
    /// [n] √s_k.
    public let roots: [Float]
    /// [n, D or D + 1] the singular vectors: orthonormal rows.
    public let basis: Tensor

    /// The width of what is read: D, or D + 1 where a constant 1 follows.
    public var width: Int { basis.shape[1] }

    /// [n, width] σ_k·√s_k·u_k or v_k.
    public var vectors: Tensor {
        var vectors = basis
        for (n, (sign, root)) in zip(signs, roots).enumerated() {
            for d in n * width..<(n + 1) * width { vectors.values[d] *= sign * root }
        }
        return vectors
    }

    /// [width] the sum of the vectors: the one direction that a contribution to the whole signal is read by.
    public var sum: [Float] {
        var sum = [Float](repeating: 0, count: width)
        for (n, (sign, root)) in zip(signs, roots).enumerated() {
            for d in 0..<width { sum[d] += sign * root * basis.values[n * width + d] }
        }
        return sum
    }

    /// The signal of the terms that a look is made of.
    ///
    /// - Parameters:
    ///   - side: The end.
    ///   - terms: The head's terms in the form that the side was selected by.
    ///   - position: The destination or the source.
    ///   - kept: The terms kept.
    public init(_ side: LookSide, of terms: HeadTerms, at position: Int, kept: [Int]) {
        let found = terms.decomposition, matrix = side == .destination ? found.U : found.V
        let projections = side == .destination ? terms.destinationProjections : terms.sourceProjections
        let width = matrix.shape[0], rank = terms.rank
        (self.side, self.terms) = (side, kept)
        signs = kept.map { projections[position * rank + $0] < 0 ? -1 : 1 }
        roots = kept.map { found.s[$0].squareRoot() }
        basis = Tensor([kept.count, width], kept.flatMap { k in (0..<width).map { matrix.values[$0 * rank + k] } })
    }

    /// What the signal reads of something in the space of x: Σ_k σ_k·√s_k·(o·u_k), without the constant's part.
    ///
    /// - Parameter o: [D].
    public func reading(_ o: Span<Float>) -> Double {
        let sum = sum
        precondition(o.count <= width, "\(o.count) elements read by vectors of \(width)")
        var result = 0.0
        for d in o.indices { result += Double(o[d]) * Double(sum[d]) }
        return result
    }
}
