public import Circuits
private import Tensors

// Which single components of heads talk to each other (specification 4.2; Merullo et al., 2406.09519):
//
// 1. OV_A = Σ_k σ_k a_k b_kᵀ: component k of a writer writes in the direction b_k.
// 2. Its strength with a reader B is ‖b_kᵀ M_B‖ / ‖M_B‖, M_B = W_Q W_Kᵀ, its transpose, or OV_B; σ_k cancels.
// 3. M_B = Σ_m s_m u_m v_mᵀ: component m of the reader takes |b_kᵀ u_m| s_m / ‖M_B‖ of it. The squares over m sum to the square of 2.

/// How one component of a writer is taken up by the components of a reader.
public struct ComponentUptake: Sendable, Hashable {
    /// The reader's component.
    public let component: Int
    /// |b_kᵀ u_m| s_m / ‖M_B‖.
    public let strength: Float
}

/// The components of a reader's map.
public struct ReaderComponents: Sendable {
    /// [rank, D] the directions that are read, as rows.
    public let reads: [Float]
    /// [rank] the singular values, descending.
    public let s: [Float]
    /// ‖M_B‖, Frobenius.
    public let norm: Double

    /// The components of a QK map, read from the destination's side for `q`, from the source's for `k`.
    ///
    /// - Precondition: the plain form, which knows no biases.
    public init(_ decomposition: SingularDecomposition, _ kind: CompositionKind) {
        precondition(decomposition.form == .plain && kind != .v, "\(kind) reads a plain QK map, not \(decomposition.form)")
        reads = (0..<decomposition.rank).flatMap { kind == .q ? decomposition.u($0) : decomposition.v($0) }
        (s, norm) = (decomposition.s, decomposition.frobenius)
    }

    /// The components of an OV map.
    public init(_ head: OVDecompositions.Head) {
        (reads, s) = (head.reads, head.s)
        norm = head.s.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// How each of some directions is taken up, component by component.
    ///
    /// - Parameter directions: [n, D] of unit length.
    /// - Returns: [n][rank], the strongest first; of equal ones the earlier component.
    public func uptake(of directions: [Float]) -> [[ComponentUptake]] {
        let rank = s.count, D = reads.count / rank, n = directions.count / D
        let cosines = product(n, rank, D, directions, reads, transposeB: true)
        return (0..<n).map { row in
            (0..<rank).map { m in
                let part = Double(abs(cosines[row * rank + m])) * Double(s[m])
                return ComponentUptake(component: m, strength: norm > 0 ? Float(part / norm) : 0)
            }.sorted { ($1.strength, $0.component) < ($0.strength, $1.component) }
        }
    }

    /// How many singular values are more than rounding.
    public var dimension: Int { dimensionCount(s) }
}

/// How many singular values are more than the rounding of single precision leaves of a zero.
func dimensionCount(_ s: [Float]) -> Int {
    // A matrix of K columns loses at most some K roundings of its largest value; 64 of 1.2e-7 are 7.6e-6.
    let least = (s.first ?? 0) * 1e-5
    return s.count { $0 > least }
}

extension OVDecompositions.Head {
    /// How many directions it writes.
    public var dimension: Int { dimensionCount(s) }
}
