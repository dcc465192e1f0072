import Artifacts
import JSON
import Testing

@Suite struct TrainingHistoryTests {
    private let lines = (1...101).map { step -> JSON in
        var line: JSONObject = ["step": .integer(step), "losses/overall_loss": .real(1 / Double(step))]
        if step % 40 == 0 { line["sparsity/density_query"] = ["1e-1": 3] }
        return .object(line)
    }

    @Test func `a thinned history keeps its ends and its landmarks`() {
        let steps = TrainingHistory(lines: lines).thinned(to: 5).lines.compactMap { $0["step"]?.integer }
        #expect(steps == [1, 26, 40, 51, 76, 80, 101])
    }

    @Test func `a history that is short enough is left alone`() {
        #expect(TrainingHistory(lines: lines).thinned(to: 101).lines == lines)
        #expect(TrainingHistory(lines: []).thinned(to: 2).lines.isEmpty)
    }
}
