import Kernels
public import Tensors

// Scores from the map, one sequence at a time (specification 1.5 and 1.6). The order of work is by query feature, so that a row of the
// map is read once for all queries of a sequence at which the feature is active:
//
// 1. sort the queries' active features by feature;
// 2. for each feature a with queries i₁ < … < iₙ: over the keys j ≤ iₙ and their active features b, g[h, j] = Σ_b f^K_{j,b} M_abh m_abh;
// 3. for each of those queries and each head: S_h(i, j) += f^Q_{i,a} g[h, j], j ≤ i;
// 4. S_h(i, j) += Σ_b f^K_{j,b} β_bh, and all is multiplied by attn_scale.
//
// Cost: H·(distinct query features · active key features + active query features · T/2), against H·(active query features · active key
// features · T/2) for looping over token pairs.

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
        var scratch = MapScratch(), scores: [Float] = []
        fillScores(query: query, key: key, weights: weights, &scratch, &scores)
        return scores
    }

    /// [pairs, H] M·m.
    var weights: [Float] { zip(M, mask).map { $0 * $1 } }

    /// ``scores(query:key:)`` into a buffer, with M·m at hand.
    func fillScores(
        query: SparseRows, key: SparseRows, weights: [Float], _ scratch: inout MapScratch, _ scores: inout [Float]
    ) {
        let T = query.rows
        precondition(key.rows == T, "\(T) query rows for \(key.rows) key rows")
        resize(&scores, n_heads * T * T, filler: 0)
        for index in scores.indices { scores[index] = 0 }
        scratch.prepare(query, map: self)
        for a in scratch.queries.activeFeatures where !support.range(a).isEmpty {
            scratch.open(a, support)
            let queries = scratch.queries.range(a), last = Int(scratch.queries.tokens[queries.upperBound - 1])
            scratch.gatherKeys(key, through: last, weights: weights, n_heads: n_heads)
            for place in queries {
                addRows(
                    scratch.queries.values[place], scratch.perKey, through: Int(scratch.queries.tokens[place]), T, &scores)
            }
            scratch.close(a, support)
        }
        scratch.gatherBias(key, beta: beta, n_heads: n_heads)
        for i in 0..<T { addRows(1, scratch.perKey, through: i, T, &scores) }
        for index in scores.indices { scores[index] *= attn_scale }
    }

    /// S_h(i, j) += f·g[h, j] for all heads and j ≤ i.
    private func addRows(_ f: Float, _ perKey: [Float], through i: Int, _ T: Int, _ scores: inout [Float]) {
        var scores = scores.mutableSpan
        for h in 0..<n_heads {
            let start = (h * T + i) * T
            var row = scores._mutatingExtracting(start..<start + i + 1)
            axpy(f, perKey.span.extracting(h * T..<h * T + i + 1), &row)
        }
    }
}

/// The buffers of one thread's work on a map.
struct MapScratch: Sendable {
    /// f^Q by feature.
    private(set) var queries = FeatureColumns()
    /// [n_K] for the open query feature: where the pair with this key feature stands, or −1.
    private var slots: [Int32] = []
    /// [H, T] per head and key: g in the scores, the gathered gradient on the way back.
    var perKey: [Float] = []

    /// Sorts the queries and makes room.
    mutating func prepare(_ query: SparseRows, map: FeatureMap) {
        queries.sort(query, d_sae: map.support.d_sae_query)
        if slots.count != map.support.d_sae_key { slots = Array(repeating: -1, count: map.support.d_sae_key) }
        resize(&perKey, map.n_heads * query.rows, filler: 0)
    }

    /// Lays query feature `a`'s pairs out by key feature.
    mutating func open(_ a: Int, _ support: Support) {
        for pair in support.range(a) { slots[Int(support.keys[pair])] = Int32(pair) }
    }

    /// Undoes ``open(_:_:)``.
    mutating func close(_ a: Int, _ support: Support) {
        for pair in support.range(a) { slots[Int(support.keys[pair])] = -1 }
    }

    /// g[h, j] = Σ_b f^K_{j,b} weights[(a, b), h] of the open feature, for j up to `last`.
    mutating func gatherKeys(_ key: SparseRows, through last: Int, weights: [Float], n_heads: Int) {
        let T = key.rows
        for h in 0..<n_heads { for j in 0...last { perKey[h * T + j] = 0 } }
        for j in 0...last {
            for entry in key.range(j) {
                let pair = Int(slots[Int(key.indices[entry])])
                if pair < 0 { continue }
                for h in 0..<n_heads { perKey[h * T + j] += key.values[entry] * weights[pair * n_heads + h] }
            }
        }
    }

    /// g[h, j] = Σ_b f^K_{j,b} β_bh.
    mutating func gatherBias(_ key: SparseRows, beta: [Float], n_heads: Int) {
        let T = key.rows
        for index in perKey.indices { perKey[index] = 0 }
        for j in 0..<T {
            for entry in key.range(j) {
                let b = Int(key.indices[entry])
                for h in 0..<n_heads { perKey[h * T + j] += key.values[entry] * beta[b * n_heads + h] }
            }
        }
    }

    /// sums[(a, b), h] += Σ_j f^K_{j,b} perKey[h, j] of the open feature, for j up to `last`.
    func scatterKeys(_ key: SparseRows, through last: Int, n_heads: Int, into sums: inout [Float]) {
        let T = key.rows
        for j in 0...last {
            for entry in key.range(j) {
                let pair = Int(slots[Int(key.indices[entry])])
                if pair < 0 { continue }
                for h in 0..<n_heads { sums[pair * n_heads + h] += key.values[entry] * perKey[h * T + j] }
            }
        }
    }
}
