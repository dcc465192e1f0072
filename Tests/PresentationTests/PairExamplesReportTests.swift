import API
import JSON
import Presentation
import Testing

@Suite struct PairExamplesReportTests {
    static func example(destination: Int, source: Int, _ windows: [TokenWindow], quantile: Float? = nil) -> PairExample {
        PairExample(
            context: 3, destination: destination, source: source, query_activation: 2, key_activation: 1.5, contribution: -1.25,
            effect: 0.125, quantile: quantile, destination_window: windows[0], source_window: windows[1])
    }

    @Test func `windows that meet become one text, others are joined by an ellipsis`() {
        let near = Self.example(
            destination: 4, source: 2,
            [TokenWindow(first: 3, pieces: [",", " he", " saw"]), TokenWindow(first: 1, pieces: ["When", " John", ","])])
        #expect(near.markedText == "…When⟨·John⟩,[·he]·saw")
        let far = Self.example(
            destination: 9, source: 0,
            [TokenWindow(first: 8, pieces: [" to", " him"]), TokenWindow(first: 0, pieces: ["<|endoftext|>", "When"])])
        #expect(far.markedText == "⟨<|endoftext|>⟩When … ·to[·him]")
        let self_ = Self.example(
            destination: 1, source: 1, [TokenWindow(first: 0, pieces: ["a", "b"]), TokenWindow(first: 0, pieces: ["a", "b"])])
        #expect(self_.markedText == "a[⟨b⟩]")
    }

    @Test func `the report says where the pair acts, in which heads, and shows each list`() throws {
        let windows = [TokenWindow(first: 0, pieces: ["a", "b"]), TokenWindow(first: 0, pieces: ["a", "b"])]
        let place = Self.example(destination: 1, source: 0, windows)
        let sampled = Self.example(destination: 1, source: 0, windows, quantile: 0.75)
        let collected = ExamplesInfo(
            map: "m1", dictionary: "d1", model: "demo-4l", layer: 2, collection: 1, corpus: "demo", contexts: 24, context: 128,
            tokens: 3072, examples: 10, seed: 1, followed_pairs: 5, active_pairs: 4, live_query: 3, live_key: 2, created_ms: 0,
            job: "j3")
        let result = PairsExamples.Result(
            map: "m1", query_feature: 17, key_feature: 301, head: 3, places: 1234, share_at_BOS: 0.125,
            heads: [
                PairHeadFigures(head: 1, weight: 0.5, mean_contribution: 0.25, mean_effect: 0.01, mean_absolute_effect: 0.02),
                PairHeadFigures(head: 3, weight: -0.5, mean_contribution: -0.25, mean_effect: -0.1, mean_absolute_effect: 0.2),
            ],
            distances: [
                DistanceCount(from: 0, to: 0, count: 0, share: 0), DistanceCount(from: 3, to: 4, count: 1234, share: 1),
            ], destination_tokens: [TokenCount(piece: " he", count: 617, share: 0.5)], source_tokens: [],
            by_contribution: [place], by_effect: [place], quantiles: [sampled], collected: collected)
        let lines = PairExamplesReport(result).text(.plain).split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("q17 × k301 of map m1 acts at 1,234 places (destination, source), 12.5 % of them with BOS"))
        let head = try #require(lines.first { $0.contains("2.3 ") })
        #expect(
            head.split(separator: " ").map(String.init) == ["2.3", "−0.5000", "−0.250", "−0.1000", "0.2000"])
        #expect(lines.contains("destinations: ·he 50 %") && lines.contains("sources:      none stands out"))
        #expect(lines.contains("distances:    3–4 100 %"))
        #expect(lines.contains { $0.contains("effect on the pattern of head 2.3") })
        #expect(lines.count { $0.contains("−1.25") && $0.contains("+0.125") && $0.hasSuffix("⟨a⟩[b]") } == 3)
        #expect(lines.contains { $0.contains("75 %") } && lines.last?.contains("3,072 tokens of demo (24 contexts)") == true)
    }
}
