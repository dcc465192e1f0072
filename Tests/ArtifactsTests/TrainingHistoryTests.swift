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
        #expect(steps == [1, 40, 51, 80, 101])
    }

    @Test func `a history of landmarks alone is thinned too`() {
        let kept = TrainingHistory.kept(1000, of: 97_000, landmarks: Array(0..<97_000))
        #expect(kept.count <= 1000 && kept.count >= 990 && kept.contains(0) && kept.contains(96_999))
        let few = TrainingHistory.kept(400, of: 1000, landmarks: [7, 500, 999])
        #expect(few.isSuperset(of: [0, 7, 500, 999]) && few.count <= 400)
        #expect(TrainingHistory.kept(2, of: 30, landmarks: Array(0..<30)) == [0, 29])
    }

    @Test func `a history that is short enough is left alone`() {
        #expect(TrainingHistory(lines: lines).thinned(to: 101).lines == lines)
        #expect(TrainingHistory(lines: []).thinned(to: 2).lines.isEmpty)
    }
}
