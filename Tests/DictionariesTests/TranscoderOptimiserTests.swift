import Dictionaries
import Testing

/// A training that can be stopped.
private struct Run {
    let problem = SmallProblem(B: 2, T: 20)
    var pair: TranscoderPair
    var optimiser: TranscoderOptimiser
    var losses: [Double] = []

    init() {
        pair = problem.start(seed: 1)
        optimiser = TranscoderOptimiser(for: pair)
    }

    mutating func advance(to end: Int) {
        let schedule = TrainingSchedule(steps: 60, learningRate: 3e-3, lambda: 1e-2, mu: 0.1, muShare: 0.3)
        var step = TranscoderStep(), gradient = TranscoderPair(zerosLike: pair)
        for s in optimiser.step..<end {
            let coefficients = schedule.coefficients(at: s)
            losses.append(
                step(pair, problem.batch(seed: UInt64(s)), coefficients, paths: (.dense, .sparse), gradient: &gradient).loss)
            optimiser.apply(
                gradient, to: &pair, learningRate: schedule.learningRate(at: s), movesKeyBias: coefficients.mu > 0)
        }
    }
}

@Suite struct TranscoderOptimiserTests {
    @Test func `a restored state goes on bit for bit`() throws {
        var whole = Run()
        whole.advance(to: 60)
        var half = Run()
        half.advance(to: 25)
        var resumed = Run()
        resumed.pair = half.pair
        let saved = Dictionary(uniqueKeysWithValues: half.optimiser.buffers.map { ($0.name, $0.values) })
        try resumed.optimiser.restore(step: half.optimiser.step) { saved[$0] }
        #expect(resumed.optimiser == half.optimiser)
        resumed.advance(to: 60)
        #expect(resumed.losses == Array(whole.losses[25...]))
        #expect(resumed.pair == whole.pair && resumed.optimiser == whole.optimiser)
    }

    @Test func `a state that lacks a buffer or has one of another size is refused and changes nothing`() {
        var run = Run()
        run.advance(to: 3)
        let before = run.optimiser
        var saved = Dictionary(uniqueKeysWithValues: before.buffers.map { ($0.name, $0.values) })
        #expect(saved.count == 20)
        saved["key.W_dec.second"]?.removeLast()
        #expect(throws: OptimiserStateError(buffer: "key.W_dec.second", expected: 48 * 16, found: 48 * 16 - 1)) {
            try run.optimiser.restore(step: 9) { saved[$0] }
        }
        saved["query.b_in.first"] = nil
        #expect(throws: OptimiserStateError(buffer: "query.b_in.first", expected: 24, found: nil)) {
            try run.optimiser.restore(step: 9) { saved[$0] }
        }
        #expect(run.optimiser == before)
    }

    @Test func `the key bias stays where it was once mu is zero`() {
        var run = Run()
        run.advance(to: 18)  // μ is 0 from step 18 on
        let bias = run.pair.key.b_out
        #expect(bias != run.problem.start(seed: 1).key.b_out)
        run.advance(to: 30)
        #expect(run.pair.key.b_out == bias)
    }

    @Test func `the schedule is the reference's`() {
        let schedule = TrainingSchedule(steps: 1000, learningRate: 2, lambda: 3, mu: 1, muShare: 0.02)
        let expected: [(step: Int, rate: Double, lambda: Double, mu: Double)] = [
            (0, 0.04, 0, 1), (10, 0.44, 0.15, 0.5), (49, 2, 0.735, 0), (500, 2, 3, 0), (800, 2, 3, 0), (900, 1, 3, 0),
            (999, 0.01, 3, 0),
        ]
        for (step, rate, lambda, mu) in expected {
            #expect(abs(Double(schedule.learningRate(at: step)) - rate) < 1e-6)
            #expect(abs(Double(schedule.coefficients(at: step).lambda) - lambda) < 1e-6)
            #expect(abs(Double(schedule.coefficients(at: step).mu) - mu) < 1e-6)
        }
        let constant = TrainingSchedule(steps: 10, learningRate: 1, lambda: 1, mu: 0.5)
        #expect(constant.coefficients(at: 9).mu == 0.5)
    }
}
