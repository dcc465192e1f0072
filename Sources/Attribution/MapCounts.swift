public import Dictionaries

/// What is left of a map, counted.
public struct MapCounts: Sendable, Equatable {
    /// Entries (a, b, h) with a mask above 0.
    public let entries: Int
    /// Pairs (a, b) with at least one of them.
    public let pairs: Int
    /// Query features with none: rows of zeros.
    public let emptyQueryFeatures: Int
    /// Key features with none: columns of zeros.
    public let emptyKeyFeatures: Int
    /// [H] how many pairs survive in exactly 1, 2, …, H heads.
    public let pairsByHeads: [Int]

    /// Counts a map.
    ///
    /// - Complexity: one reading of the mask.
    public init(_ map: FeatureMap) {
        var entries = 0, empty = 0, keys = Set<Int32>(), pairsByHeads = [Int](repeating: 0, count: map.n_heads)
        for a in 0..<map.support.d_sae_query {
            var isEmpty = true
            for pair in map.support.range(a) {
                let heads = map.mask[pair * map.n_heads..<(pair + 1) * map.n_heads].count { $0 > 0 }
                if heads == 0 { continue }
                isEmpty = false
                entries += heads
                pairsByHeads[heads - 1] += 1
                keys.insert(map.support.keys[pair])
            }
            if isEmpty { empty += 1 }
        }
        (self.entries, pairs, self.pairsByHeads) = (entries, pairsByHeads.reduce(0, +), pairsByHeads)
        (emptyQueryFeatures, emptyKeyFeatures) = (empty, map.support.d_sae_key - keys.count)
    }
}
