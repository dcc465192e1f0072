import API
import Presentation
import Testing

@Suite struct SignalReportTests {
    private static let term = LookTerm(
        k: 7, s: 4, destination_projection: 0.5, source_projection: -2, contribution: -4, ranking: 1.25, kept: true)

    private static func look(_ mode: SignalMode, sides: [LookSideReport], fires: Bool = true) -> SignalsLook.Result {
        SignalsLook.Result(
            tokens: [0, 1, 2], pieces: ["<|endoftext|>", "When", " John"], model: "demo-4l", layer: 2, head: 3, destination: 2,
            source: 1, mode: mode, attn_scale: 0.25, attn_score: 5, pattern: 0.67, fires: fires, sides: sides)
    }

    private static func side(_ side: SignalSide?, _ form: SignalForm, _ terms: [LookTerm]) -> LookSideReport {
        LookSideReport(side: side, form: form, kept: 1, total: 20, kept_sum: 21.5, bias_part: 0, residual: 1e-6, terms: terms)
    }

    @Test func `a look names its head, its ends, and each term with what it adds`() throws {
        var left = Self.term
        (left.k, left.kept, left.contribution) = (9, false, 0.5)
        let text = SignalReport(Self.look(.score_sum, sides: [Self.side(nil, .augmented, [Self.term, left])])).text(
            .plain, width: 80)
        #expect(
            text.contains(
                "head 2.3 at ' John' (position 2) looks at 'When' (position 1): pattern 0.67, score 5.00; a look by score_sum."))
        #expect(text.contains("augmented map: 1 term of 0.2500 × (20.000 in all, 21.500 kept, biases 0.000), off by 1.0e−06"))
        let kept = try #require(text.split(separator: "\n").first { $0.contains(" kept") && $0.contains("7") })
        #expect(kept.split(separator: " ").map(String.init) == ["7", "4.000", "+0.500", "−2.000", "−4.000", "+1.250", "kept"])
        #expect(text.contains("+0.500") && text.contains("left") && !text.contains("attention falls by"))
    }

    @Test func `ends that are selected apart have a table each, and drops a column`() {
        var term = Self.term
        term.attention_drop = 0.125
        let apart = [Self.side(.destination, .omega_d, [Self.term]), Self.side(.source, .omega_s, [Self.term])]
        let text = SignalReport(Self.look(.relative_attention, sides: apart, fires: false)).text(.plain, width: 80)
        #expect(text.contains("destination, omega_d map") && text.contains("source, omega_s map") && text.contains("no look by"))
        let greedy = SignalReport(Self.look(.softmax_greedy, sides: [Self.side(nil, .plain, [term])])).text(.plain, width: 80)
        #expect(greedy.contains("attention falls by") && greedy.contains("+0.125"))
    }

    @Test func `a spectrum has a line per head, and says how many values it leaves out`() throws {
        let head = HeadSpectrum(
            layer: 1, head: 2, s: [5, 4, 3, 2, 1], frobenius: 7.416, rank90: 3, participation_ratio: 3.1, largest: 2,
            reconstruction_error: 2e-6)
        let text = SpectrumReport(SignalsDecompose.Result(model: "demo-4l", form: .plain, heads: [head])).text(.plain)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("1.2") })
        #expect(line.contains("7.416") && line.contains("1.0e−06") && line.hasSuffix("5.000  4.000  3.000  2.000  … 1 more"))
        #expect(text.contains("demo-4l, plain maps"))
    }

    @Test func `sizes of sets are drawn as bars, and heads without looks have none`() throws {
        let some = HeadSetSizes(
            layer: 0, head: 1, looks: 1200, mean: 1.5, median: 1, q10: 1, q90: 3, histogram: [0, 800, 0, 400, 0])
        let none = HeadSetSizes(layer: 0, head: 2, looks: 0, histogram: [0, 0, 0, 0, 0])
        let text = SetSizeReport(
            SignalsStatistics.Result(
                model: "demo-4l", mode: .score_sum, contexts: 16, tokens: 1024, rank: 4, heads: [some, none])
        ).text(.plain)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("0.1") })
        #expect(line.contains("1,200") && line.hasSuffix("·█·▄·"))
        #expect(text.split(separator: "\n").contains { $0.hasPrefix("0.2") && $0.contains("–") })
        #expect(text.contains("16 texts, 1,024 tokens") && text.contains("terms, 0 to 4"))
    }

    @Test func `agreement stands beside what chance gives, end by end`() throws {
        let figures = AgreementFigures(
            terms: 5.5, features: 3, signal_in_features: 0.5, signal_in_features_random: 0.1, features_in_signal: 0.75,
            features_in_signal_random: 0.2)
        let heads = [
            HeadAgreement(head: 1, looks: 4, looks_without_features: 0, destination: figures, source: figures),
            HeadAgreement(head: 2, looks: 0, looks_without_features: 0),
        ]
        let text = AgreementReport(
            SignalsAgreement.Result(
                model: "demo-4l", map: "m1", dictionary: "d1", layer: 2, mode: .score_sum, prompts: 1, heads: heads)
        ).text(.plain)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("2.1") })
        #expect(
            line.contains("destination") && line.contains("50.0 %") && line.contains("10.0 %") && line.contains("75.0 %")
                && line.hasSuffix("20.0 %"))
        #expect(text.contains("1 prompt") && text.split(separator: "\n").contains { $0.hasPrefix("2.2") && $0.contains("–") })
    }
}
