public import Attribution
private import Kernels
private import Tensors

// A head's scores over a prompt as sums of terms (specification 2.2):
//
// 1. x̃ is the normalised residual x of the head's layer, followed by 1 on the sides that the form augments; with the plain form it is
//    x + c_d at the destination and x + c_s at the source.
// 2. c_k(i, j) = s_k·(x̃_i·u_k)·(v_k·x̃_j), not scaled.
// 3. Their sum and the part of the score that the form leaves to the biases (`biasPart`) are q_i·k_j, which `residual` measures.

/// One head's scores over one prompt, as terms of its singular decomposition.
public struct HeadTerms: Sendable {
    /// The decomposition.
    public let decomposition: SingularDecomposition
    /// The head.
    public let layer: Int, head: Int
    /// The number of tokens.
    public let T: Int
    /// What scores are multiplied by.
    public let attn_scale: Double
    /// [T, rank] x̃_i·u_k.
    public let destinationProjections: [Float]
    /// [T, rank] v_k·x̃_j.
    public let sourceProjections: [Float]
    /// [T, T] the model's own scores, scaled.
    private let scores: ArraySlice<Float>
    /// [T, T] the model's own pattern.
    private let pattern: ArraySlice<Float>
    /// [T] what the form leaves of q_i·k_j: a number of the destination's and one of the source's.
    private let destinationBias: [Double], sourceBias: [Double]
    /// [T + 1, rank] Σ of the source's projections before each position.
    private let sourceSums: [Double]

    /// The number of terms.
    public var rank: Int { decomposition.rank }

    /// Projects every position on every singular vector.
    ///
    /// - Parameters:
    ///   - activations: The layer's, of the prompt.
    ///   - decompositions: The layer's.
    ///   - head: The head.
    /// - Complexity: 4·T·D·rank flops.
    public init(_ activations: LayerActivations, _ decompositions: LayerDecompositions, head: Int) {
        precondition(
            activations.layer == decompositions.layer,
            "activations of layer \(activations.layer) and decompositions of layer \(decompositions.layer)")
        let found = decompositions.heads[head], T = activations.T
        (decomposition, layer, self.head, self.T) = (found, activations.layer, head, T)
        attn_scale = Double(activations.attn_scale)
        destinationProjections = Self.project(activations.x, offset: found.c_d, found.U)
        sourceProjections = Self.project(activations.x, offset: found.c_s, found.V)
        sourceSums = Self.sums(sourceProjections, rank: found.rank)
        scores = activations.attn_scores.values[head * T * T..<(head + 1) * T * T]
        pattern = activations.pattern.values[head * T * T..<(head + 1) * T * T]
        destinationBias =
            found.form == .omega_s ? Self.products(activations.q, found.b_K, head: head) : Array(repeating: 0, count: T)
        sourceBias = found.form == .omega_d ? Self.products(activations.k, found.b_Q, head: head) : Array(repeating: 0, count: T)
    }

    /// [T + 1, rank] the sums of the rows before each.
    private static func sums(_ rows: [Float], rank: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: rows.count + rank)
        for index in rows.indices { sums[index + rank] = sums[index] + Double(rows[index]) }
        return sums
    }

    /// [T, rank] (x + offset)·M, or [x, 1]·M where M has a row more than x has columns.
    private static func project(_ x: Tensor, offset: [Float], _ M: Tensor) -> [Float] {
        let (T, D, rank) = (x.shape[0], x.shape[1], M.shape[1])
        var constant = [Float](repeating: 0, count: rank)
        if M.shape[0] > D { constant = Array(M.values[(D * rank)...]) }
        if !offset.isEmpty {
            var span = constant.mutableSpan
            gemm(1, rank, D, offset.span, M.values.span, into: &span)
        }
        var projections = [Float](scratch: T * rank)
        var span = projections.mutableSpan
        gemm(T, rank, D, x.values.span, M.values.span, into: &span, bias: constant.span)
        return projections
    }

    /// [T] one head's rows of [T, H, K] times a vector.
    private static func products(_ rows: Tensor, _ vector: [Float], head: Int) -> [Double] {
        let H = rows.shape[1], K = rows.shape[2]
        return (0..<rows.shape[0]).map { row in
            let start = (row * H + head) * K
            return (0..<K).reduce(0) { $0 + Double(rows.values[start + $1]) * Double(vector[$1]) }
        }
    }
}

extension HeadTerms {
    /// [rank] c_k(i, j), not scaled.
    public func contributions(destination: Int, source: Int) -> [Double] {
        check(destination, source)
        return (0..<rank).map { k in
            Double(decomposition.s[k]) * Double(destinationProjections[destination * rank + k])
                * Double(sourceProjections[source * rank + k])
        }
    }

    /// [rank] r_k(i, j) = c_k(i, j) less its mean over the other sources; c_k itself where there is no other.
    ///
    /// - Complexity: O(rank).
    public func relativeContributions(destination: Int, source: Int) -> [Double] {
        let own = contributions(destination: destination, source: source)
        if destination == 0 { return own }
        return (0..<rank).map { k in
            let others = sourceSums[(destination + 1) * rank + k] - Double(sourceProjections[source * rank + k])
            let factor = Double(decomposition.s[k]) * Double(destinationProjections[destination * rank + k])
            return own[k] - factor * others / Double(destination)
        }
    }

    /// What the form leaves of q_i·k_j: b_Q·k_j of Ω_d, q_i·b_K of Ω_s, nothing of the others.
    public func biasPart(destination: Int, source: Int) -> Double { destinationBias[destination] + sourceBias[source] }

    /// The sum of all terms and the bias's part, scaled, less the model's own score.
    public func residual(destination: Int, source: Int) -> Double {
        let sum = contributions(destination: destination, source: source).reduce(0, +)
        return attn_scale * (sum + biasPart(destination: destination, source: source))
            - attn_score(destination: destination, source: source)
    }

    /// The model's own score, scaled.
    public func attn_score(destination: Int, source: Int) -> Double {
        check(destination, source)
        return Double(scores[scores.startIndex + destination * T + source])
    }

    /// The model's own attention.
    public func attention(destination: Int, source: Int) -> Double {
        check(destination, source)
        return Double(pattern[pattern.startIndex + destination * T + source])
    }

    /// The source that the head attends to most, the first of equals.
    public func strongestSource(destination: Int) -> Int {
        var best = 0
        for source in 0...destination
        where attention(destination: destination, source: source) > attention(destination: destination, source: best) {
            best = source
        }
        return best
    }

    private func check(_ destination: Int, _ source: Int) {
        precondition(
            0 <= source && source <= destination && destination < T,
            "a look from \(destination) at \(source) in a prompt of \(T) tokens")
    }
}
