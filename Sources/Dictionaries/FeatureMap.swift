import Kernels
public import Tensors

/// The sparse map from query features to key features, per head, with a mask on its entries.
///
/// M_abh = ⟨W_dec^Q[a, h, :], W_dec^K[b, h, :]⟩ on the pairs of a support; β_bh = ⟨b_out^Q[h, :], W_dec^K[b, h, :]⟩. The products with
/// b_out^K are constant along a row of scores, so the pattern does not see them.
///
/// *Source:* specification 1.5.
public struct FeatureMap: Sendable, Equatable {
    /// H.
    public let n_heads: Int
    /// K.
    public let d_head: Int
    /// What scores are multiplied by: 1/√K unless the model's configuration says otherwise.
    public let attn_scale: Float
    /// The pairs that have entries.
    public let support: Support
    /// [pairs, H].
    public let M: [Float]
    /// [pairs, H] m, from 0 to 1.
    public var mask: [Float]
    /// [n_K, H].
    public let beta: [Float]

    /// The map of two transcoders on a support, with a mask of ones.
    ///
    /// - Complexity: pairs·H·K multiply-adds.
    public init(_ pair: TranscoderPair, support: Support, attn_scale: Float) {
        let (query, key) = (pair.query, pair.key), (H, K) = (query.shape.n_heads, query.shape.d_head)
        precondition(
            support.d_sae_query == query.shape.d_sae && support.d_sae_key == key.shape.d_sae,
            "a support of \(support.d_sae_query)×\(support.d_sae_key) for d_sae \(query.shape.d_sae) and \(key.shape.d_sae)")
        let head = { (row: Int, h: Int) in (row * H + h) * K..<(row * H + h + 1) * K }
        var M = [Float](repeating: 0, count: support.count * H)
        for a in 0..<support.d_sae_query {
            for pair in support.range(a) {
                for h in 0..<H {
                    M[pair * H + h] = dot(
                        query.W_dec.span.extracting(head(a, h)),
                        key.W_dec.span.extracting(head(Int(support.keys[pair]), h)))
                }
            }
        }
        var beta = [Float](repeating: 0, count: support.d_sae_key * H)
        for b in 0..<support.d_sae_key {
            for h in 0..<H {
                beta[b * H + h] = dot(
                    query.b_out.span.extracting(head(0, h)), key.W_dec.span.extracting(head(b, h)))
            }
        }
        self.init(
            n_heads: H, d_head: K, attn_scale: attn_scale, support: support, M: M, mask: Array(repeating: 1, count: M.count),
            beta: beta)
    }

    /// A map from its parts.
    public init(
        n_heads: Int, d_head: Int, attn_scale: Float, support: Support, M: [Float], mask: [Float], beta: [Float]
    ) {
        precondition(
            M.count == support.count * n_heads && mask.count == M.count && beta.count == support.d_sae_key * n_heads,
            "\(support.count) pairs of \(n_heads) heads with M of \(M.count), mask of \(mask.count), beta of \(beta.count)")
        (self.n_heads, self.d_head, self.attn_scale) = (n_heads, d_head, attn_scale)
        (self.support, self.M, self.mask, self.beta) = (support, M, mask, beta)
    }

    /// Ŝ_h(i, j) of one sequence, up to a constant of each row: [H, T, T], 0 where j > i.
    ///
    /// - Parameters:
    ///   - query: f^Q of its tokens.
    ///   - key: f^K of the same tokens.
    public func scores(query: SparseRows, key: SparseRows) -> [Float] {
        let T = query.rows
        var inner = [Float](repeating: 0, count: T * T * n_heads), scores = inner
        var span = inner.mutableSpan, out = scores.mutableSpan
        rows.scores(
            mask: mask.span, beta: beta.span, queries: SequenceColumns([query], features: support.d_sae_query),
            keys: SequenceTokens([key], features: support.d_sae_key), sequences: 0..<1, into: &span)
        headsOutward(span.span, first: 0, length: T, n_heads: n_heads, scale: attn_scale, into: &out)
        return scores
    }

    /// The pairs and their values, as the kernels read them.
    var rows: MapRows { MapRows(offsets: support.offsets, keys: support.keys, values: M, n_heads: n_heads) }
}
