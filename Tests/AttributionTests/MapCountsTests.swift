import Attribution
import Dictionaries
import Testing

@Suite struct MapCountsTests {
    @Test func `a map is counted as it stands on paper`() {
        // Three query and four key features, two heads; pairs (0, 1), (0, 3), (2, 1), (2, 2).
        let map = FeatureMap(
            n_heads: 2, d_head: 1, attn_scale: 1,
            support: Support(d_sae_key: 4, offsets: [0, 2, 2, 4], keys: [1, 3, 1, 2]), M: Array(repeating: 1, count: 8),
            mask: [1, 0.5, 0, 0, 0, 1, 0.25, 0.25], beta: Array(repeating: 0, count: 8))
        let counts = MapCounts(map)
        #expect(counts.entries == 5 && counts.pairs == 3 && counts.pairsByHeads == [1, 2])
        #expect(counts.emptyQueryFeatures == 1, "feature 1")
        #expect(counts.emptyKeyFeatures == 2, "features 0 and 3, whose only pair is masked")
    }
}
