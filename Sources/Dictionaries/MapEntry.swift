/// An entry of the map that has survived its mask.
public struct MapEntry: Sendable, Equatable {
    /// a.
    public let queryFeature: Int
    /// b.
    public let keyFeature: Int
    /// h.
    public let head: Int
    /// M_abh.
    public let M: Float
    /// m_abh, above 0.
    public let mask: Float
    /// |M·m|·E[f_a]·E[f_b], what the entry is expected to contribute to a score.
    public let expectedContribution: Float

    /// An entry.
    public init(queryFeature: Int, keyFeature: Int, head: Int, M: Float, mask: Float, expectedContribution: Float) {
        (self.queryFeature, self.keyFeature, self.head) = (queryFeature, keyFeature, head)
        (self.M, self.mask, self.expectedContribution) = (M, mask, expectedContribution)
    }
}

extension FeatureMap {
    /// The entries whose mask is above 0, by (a, b, h).
    ///
    /// - Parameters:
    ///   - meanQuery: [n_Q] E[f^Q_a] over tokens.
    ///   - meanKey: [n_K] E[f^K_b] over tokens.
    public func prune(meanQuery: [Float], meanKey: [Float]) -> [MapEntry] {
        precondition(
            meanQuery.count == support.d_sae_query && meanKey.count == support.d_sae_key,
            "\(meanQuery.count) and \(meanKey.count) means for d_sae \(support.d_sae_query) and \(support.d_sae_key)")
        var entries: [MapEntry] = []
        for a in 0..<support.d_sae_query {
            for pair in support.range(a) {
                for h in 0..<n_heads where mask[pair * n_heads + h] > 0 {
                    let (b, M, m) = (Int(support.keys[pair]), M[pair * n_heads + h], mask[pair * n_heads + h])
                    entries.append(
                        MapEntry(
                            queryFeature: a, keyFeature: b, head: h, M: M, mask: m,
                            expectedContribution: abs(M * m) * meanQuery[a] * meanKey[b]))
                }
            }
        }
        return entries
    }

    /// The same map without the pairs whose mask is 0 for every head.
    public func pruned() -> FeatureMap {
        var offsets = [0], keys: [Int32] = [], M: [Float] = [], mask: [Float] = []
        for a in 0..<support.d_sae_query {
            for pair in support.range(a) {
                let entries = pair * n_heads..<(pair + 1) * n_heads
                guard self.mask[entries].contains(where: { $0 > 0 }) else { continue }
                keys.append(support.keys[pair])
                M += self.M[entries]
                mask += self.mask[entries]
            }
            offsets.append(keys.count)
        }
        return FeatureMap(
            n_heads: n_heads, d_head: d_head, attn_scale: attn_scale,
            support: Support(d_sae_key: support.d_sae_key, offsets: offsets, keys: keys), M: M, mask: mask, beta: beta)
    }

    /// The same map, in which what has reached 0 stays there: such entries have no value.
    public func survivorsAlone() -> FeatureMap {
        let pruned = pruned()
        return FeatureMap(
            n_heads: n_heads, d_head: d_head, attn_scale: attn_scale, support: pruned.support,
            M: zip(pruned.M, pruned.mask).map { $1 > 0 ? $0 : 0 }, mask: pruned.mask, beta: beta)
    }
}
