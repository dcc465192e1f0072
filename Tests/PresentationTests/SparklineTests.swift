import API
import JSON
import Presentation
import Testing

@Suite struct SparklineTests {
    @Test func `a series goes from the lowest bar to the highest`() {
        #expect(Sparkline([0, 1, 2, 3, 4, 5, 6, 7]).text(width: 20) == "▁▂▃▄▅▆▇█")
        #expect(Sparkline([3, 3, 3]).text(width: 20) == "▅▅▅")
        #expect(Sparkline([5, 10]).text(width: 20, from: 0) == "▅█")
    }

    @Test func `what is missing or not finite leaves a gap, and more values than columns are means`() {
        #expect(Sparkline([0, nil, .nan, 7]).text(width: 20) == "▁  █")
        #expect(Sparkline([0, 0, 7, 7]).text(width: 2) == "▁█")
        #expect(Sparkline([nil, nil]).text(width: 5) == "  " && Sparkline([]).text(width: 5).isEmpty)
        #expect(Sparkline((0..<1000).map { Double($0) }).text(width: 48).count == 48)
    }
}

@Suite struct HistogramTests {
    @Test func `bars stand over an axis, their heights the roots of the counts`() {
        let text = Histogram([16, 4, 1, 0, 1], from: "0", to: "5.00").text(.plain, height: 2)
        #expect(
            text == """
                  █
                  ██▄ ▄
                  0 5.00

                """)
    }

    @Test func `what occurs at all is seen, and columns are sums where there are too many`() {
        let counts = [1_000_000] + Array(repeating: 0, count: 62) + [1]
        let lines = Histogram(counts, from: "0", to: "1").text(.plain, width: 34, height: 4).split(separator: "\n")
        #expect(lines[3].count == 34 && lines[3].hasSuffix("▁") && lines[0] == "  █")
        #expect(
            Histogram([], from: "0", to: "0").text(.plain).isEmpty && Histogram([0, 0], from: "0", to: "1").text(.plain).isEmpty)
    }

    @Test func `activations name the ends of their bins`() {
        #expect(Histogram(ActivationBins(width: 0.25, counts: [1, 2, 3, 4])).text(.plain, height: 1).contains("0 1.00"))
    }
}

@Suite struct TrainingCurvesTests {
    @Test func `each figure that moves has a line from its first to its last value`() {
        let lines = (0...7).map { step -> JSON in
            var line: JSONObject = [
                "step": .integer(step), "layer": 0, "losses/overall_loss": .real(2 - Double(step) / 4), "losses/mse_loss": 0,
            ]
            if step % 7 == 0 { line["model_performance_preservation/ce_loss_score"] = .real(step == 0 ? 0.5 : 0.75) }
            return .object(line)
        }
        let text = TrainingCurves(lines).text(.plain, width: 80)
        #expect(
            text == """
                loss               2  █▇▆▅▄▃▂▁  0.2500
                CE recovered  0.5000  ▁█        0.7500

                """)
    }

    @Test func `only the first dictionary's lines count, and one step draws nothing`() {
        let lines = (0..<4).map { JSON.object(["layer": .integer($0 % 2), "losses/overall_loss": .integer($0)]) }
        #expect(TrainingCurves(lines).text(.plain, width: 80) == "loss  0  ▁█  2\n")
        #expect(TrainingCurves(Array(lines.prefix(1))).text(.plain, width: 80).isEmpty)
    }
}
