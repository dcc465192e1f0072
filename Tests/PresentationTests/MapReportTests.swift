import API
import JSON
import Presentation
import Testing

@Suite struct MapReportTests {
    static func report(residual: Float = 1e-5) -> MapsReport.Result {
        let head = SinkHead(
            head: 1, mass: 0.625, mass_masked_map: 0.5, sink_rate: 0.75, uniform: 0.125, query_bias: 0.25,
            dense_features: -0.0625, other_features: 0.3125, error: 0, residual: residual)
        func stage(_ name: ReconstructionStage.Name, KL: Float) -> ReconstructionStage {
            ReconstructionStage(
                stage: name, CE: 3, CE_recovered: nil, CE_recovered_denominator: 0.01, CE_recovered_is_defined: false,
                KL_logits: 0.5,
                heads: [ReconstructionStage.Head(head: 1, KL: KL, max_difference: 0.5, same_argmax: 0.875, unexplained: 0.125)])
        }
        return MapsReport.Result(
            map: "m1", dictionary: "d1", model: "demo-4l", layer: 2, corpus: "demo", contexts: 16, tokens: 2048,
            sparsity: SparsityReport(
                entries: EntryShares(count: 1500, all: 1_000_000, live: 10_000, co_active: 6000),
                pairs: EntryShares(count: 1000, all: 250_000, live: 2500, co_active: 1500), beta_entries: 160,
                query_features_without_entries: 4, key_features_without_entries: 5, pairs_by_heads: [600, 300, 0, 100]),
            sink: SinkReport(threshold: 0.3, sink_rate: 0.75, dense_density: 0.1, dense_query_features: 7, heads: [head]),
            stages: [stage(.transcoders, KL: 0.25), stage(.map, KL: 0.25), stage(.masked_map, KL: 0.375)])
    }

    private func line(_ text: String, _ beginning: String) throws -> [String] {
        let line = try #require(
            text.split(separator: "\n").first { $0.drop { $0 == " " }.hasPrefix(beginning) }, "no line begins with \(beginning)")
        return line.split(separator: " ").map(String.init)
    }

    @Test func `sparsity stands there with every denominator, and beta beside it`() throws {
        let text = MapReport(Self.report()).text(.plain)
        #expect(
            try line(text, "entries") == ["entries", "(pair", "×", "head)", "1,500", "0.150", "%", "15.00", "%", "25.00", "%"])
        #expect(try line(text, "of  ").isEmpty == false && text.contains("1,000,000") && text.contains("6,000"))
        #expect(try line(text, "pairs") == ["pairs", "1,000", "0.400", "%", "40.00", "%", "66.67", "%"])
        #expect(text.contains("beside them 160 entries (key feature × head) of the query bias"))
        #expect(text.contains("without any entry: 4 query, 5 key; pairs by their number of heads: 1: 600, 2: 300, 4: 100"))
    }

    @Test func `a head's attention to position 0 is shown with its parts`() throws {
        let text = MapReport(Self.report()).text(.plain)
        #expect(
            try line(text, "2.1 ") == ["2.1", "0.625", "0.500", "75", "%", "0.125", "+0.250", "−0.063", "+0.313", "0.000"])
        #expect(text.contains("7 query features active on more than 10 % of tokens") && text.contains("at most 1.0e−05."))
        #expect(!text.contains("do not trust") && MapReport(Self.report(residual: 0.01)).text(.plain).contains("do not trust"))
    }

    @Test func `patterns of the kept pairs stand beside those of the dictionaries`() throws {
        let text = MapReport(Self.report()).text(.plain)
        #expect(text.contains("  2.1   0.3750          0.2500"))
        #expect(try line(text, "kept pairs") == ["kept", "pairs", "3.0000", "undefined", "0.50000"])
    }

    @Test func `a share of nothing is nothing, and no share exceeds the whole`() {
        let none = EntryShares(count: 0, all: 0, live: 0, co_active: 0),
            rounded = EntryShares(count: 3, all: 3, live: 2, co_active: 3)
        #expect(none.of_all == 0 && none.of_live == 0 && rounded.of_live == 1)
    }
}
