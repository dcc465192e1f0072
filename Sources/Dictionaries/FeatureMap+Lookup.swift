extension FeatureMap {
    /// The map that holds just these entries, sorted by (a, b, h); all other masks are 0.
    ///
    /// - Complexity: O(entries · H · K).
    public init(_ pair: TranscoderPair, entries: [MapEntry], attn_scale: Float) {
        var offsets = [Int](repeating: 0, count: pair.query.shape.d_sae + 1), keys: [Int32] = []
        var places: [Int] = []
        for (index, entry) in entries.enumerated() {
            let before = index > 0 ? entries[index - 1] : nil
            if before?.queryFeature != entry.queryFeature || before?.keyFeature != entry.keyFeature {
                keys.append(Int32(entry.keyFeature))
                offsets[entry.queryFeature + 1] = keys.count
            }
            places.append((keys.count - 1) * pair.query.shape.n_heads + entry.head)
        }
        for feature in 1..<offsets.count { offsets[feature] = max(offsets[feature], offsets[feature - 1]) }
        self.init(pair, support: Support(d_sae_key: pair.key.shape.d_sae, offsets: offsets, keys: keys), attn_scale: attn_scale)
        for index in mask.indices { mask[index] = 0 }
        for (entry, place) in zip(entries, places) { mask[place] = entry.mask }
    }

    /// Whether an entry's mask is above 0.
    ///
    /// - Complexity: O(log of the query feature's pairs).
    public func survives(query: Int32, key: Int32, head: Int) -> Bool {
        let range = support.range(Int(query))
        var low = range.lowerBound, high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if support.keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < range.upperBound && support.keys[low] == key && mask[low * n_heads + head] > 0
    }
}
