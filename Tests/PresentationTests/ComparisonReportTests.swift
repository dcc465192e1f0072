import API
import Presentation
import Testing

@Suite struct ComparisonReportTests {
    private static func matching(_ first: String, _ second: String, matched: Int, matches: [FeatureMatch]? = nil)
        -> FeatureMatchingInfo
    {
        FeatureMatchingInfo(
            first: first, second: second, side: .key, live_first: 40, live_second: 38, matched: matched,
            matched_activation: Double(matched) / 32,
            mean_correlation: matched > 0 ? 0.912 : nil, mean_cosine: nil, histogram: [1, 0, 0, 0, 0, 0, 0, 0, 20, 40],
            matches: matches)
    }

    private static func overlap(_ first: String, _ others: [String], _ share: Double) -> MapOverlapInfo {
        MapOverlapInfo(
            first: first, others: others,
            entries: OverlapShares(comparable: 0.5, same_head: share / 2, some_head: share / 2),
            contribution: OverlapShares(comparable: 0.75, same_head: share, some_head: share))
    }

    @Test func `features, pairs and what all maps have stand one after the other`() {
        let result = DictionariesCompare.Result(
            dictionaries: ["d1", "d2", "d3"], tokens: 16_384, min_correlation: 0.7,
            matchings: [Self.matching("d1", "d2", matched: 30), Self.matching("d1", "d3", matched: 0)],
            overlaps: [Self.overlap("m1", ["m2"], 0.625), Self.overlap("m1", ["m3"], 0.25)],
            in_all: Self.overlap("m1", ["m2", "m3"], 0.125))
        let lines = ComparisonReport(result).text(.plain).split(separator: "\n").map(String.init)
        #expect(lines[0] == "features that do the same on 16,384 tokens (correlation at least 0.70)")
        #expect(
            lines[2].hasPrefix("d1 ~ d2  key") && lines[2].contains("75 %  ") && lines[2].contains("94 %")
                && lines[2].contains("0.912"))
        // One of forty is seen, none is not.
        #expect(lines[2].hasSuffix("▂       ▅█"))
        #expect(lines[3].contains("–"))
        #expect(lines.contains { $0.hasPrefix("m1  m2, m3") && $0.contains("12.5 %") })
        #expect(
            lines.last
                == "12.5 % of what m1 contributes is in all of m2, m3, head for head: 16.7 % of what has partners in all of their dictionaries"
        )
    }

    @Test func `matches are listed if they came, and maps left out if there are none`() {
        let match = FeatureMatch(feature: 3, partner: 11, correlation: 0.98, cosine: 0.5)
        let result = DictionariesCompare.Result(
            dictionaries: ["d1", "d2"], tokens: 9, min_correlation: 0.5,
            matchings: [Self.matching("d1", "d2", matched: 1, matches: [match])])
        let text = ComparisonReport(result).text(.plain)
        #expect(text.contains("d1 and d2, key side\n") && text.contains("k3     k11        0.980   0.500"))
        #expect(!text.contains("head for head") && !text.contains("same head"))
    }
}
