import Dictionaries
import Tensors
import Testing

/// The twin of one step.
private func twin(_ pair: TranscoderPair, _ batch: PatternBatch, _ coefficients: StepCoefficients) -> StepTwin {
    StepTwin(
        query: TwinSide(pair.query), key: TwinSide(pair.key), x: batch.x.map(Double.init), q: batch.q.map(Double.init),
        k: batch.k.map(Double.init), B: batch.sequences, T: batch.length, attn_scale: Double(batch.attn_scale),
        epsilon: Double(coefficients.epsilon),
        mu: Double(coefficients.mu), lambda: Double(coefficients.lambda))
}

/// Checks loss terms to 1e-5 and each gradient norm-wise to `tolerance` against the twin.
private func expectTwin(
    _ pair: TranscoderPair, _ batch: PatternBatch, _ coefficients: StepCoefficients, _ path: ActivationPath, tolerance: Double
) {
    var gradient = TranscoderPair(zerosLike: pair), step = TranscoderStep()
    let got = step(pair, batch, coefficients, paths: (path, path), gradient: &gradient)
    let twin = twin(pair, batch, coefficients), want = twin.terms()
    for (name, got, want) in [
        ("kl", got.kl, want.kl), ("kl_q", got.kl_q, want.kl_q), ("kl_k", got.kl_k, want.kl_k),
        ("sparsity", got.sparsity, want.sparsity), ("mse", got.mse, want.mse), ("loss", got.loss, want.loss),
    ] {
        #expect(abs(got - want) <= 1e-5 * want, "\(name): \(got) for \(want)")
    }
    #expect(abs(got.L0_q - want.L0_q) < 0.01 && abs(got.L0_k - want.L0_k) < 0.01)
    let expected = twin.gradient()
    for (name, got, want) in [("query", gradient.query, expected.query), ("key", gradient.key, expected.key)] {
        for parameter in Transcoder.Parameter.allCases where !(name == "key" && parameter == .b_out && coefficients.mu == 0) {
            let distance = relativeDistance(got[parameter].map(Double.init), want[parameter])
            #expect(distance < tolerance, "\(name).\(parameter): \(distance)")
        }
    }
    if coefficients.mu == 0 {
        #expect(gradient.key.b_out.allSatisfy { $0 == 0 })
        #expect(expected.key.b_out.allSatisfy { abs($0) < 1e-15 })
    }
}

@Suite struct TranscoderStepTests {
    @Test(arguments: [ActivationPath.dense, .sparse], [Float(0), 0.1])
    func `at initialisation loss and gradients are the twin's`(_ path: ActivationPath, _ mu: Float) {
        let problem = SmallProblem()
        expectTwin(
            problem.start(seed: 1), problem.batch(seed: 2), StepCoefficients(lambda: 1e-2, mu: mu), path, tolerance: 1e-4)
    }

    /// Near f ≈ ε the root's slope differs between precisions, so the tolerance is wider (specification 1.3).
    @Test(arguments: [ActivationPath.dense, .sparse])
    func `in mid-training loss and gradients are the twin's`(_ path: ActivationPath) {
        let problem = SmallProblem()
        expectTwin(
            problem.trained(steps: 400), problem.batch(seed: 2), StepCoefficients(lambda: 1e-2), path, tolerance: 3e-3)
    }

    /// 64 queries make a block and 64 columns a slab: one below, one above, with rests, and a single token.
    @Test(arguments: [(1, 3), (63, 7), (65, 21), (130, 32)])
    func `sizes that do not fill a block or a slab are the twin's too`(_ length: Int, _ d_head: Int) {
        let shape = TranscoderShape(d_model: 19, d_sae: 37, n_heads: 3, d_head: d_head)
        let problem = SmallProblem(shape: shape, B: 2, T: length)
        for path in [ActivationPath.dense, .sparse] {
            expectTwin(
                problem.start(seed: 1), problem.batch(seed: 2), StepCoefficients(lambda: 1e-2, mu: 0.1), path, tolerance: 1e-4)
        }
    }

    @Test func `the dense path and the sparse path agree`() {
        let problem = SmallProblem(), pair = problem.trained(steps: 100), batch = problem.batch(seed: 2)
        var dense = TranscoderPair(zerosLike: pair), sparse = dense, mixed = dense, step = TranscoderStep()
        let coefficients = StepCoefficients(lambda: 1e-2, mu: 0.01)
        let a = step(pair, batch, coefficients, paths: (.dense, .dense), gradient: &dense)
        let b = step(pair, batch, coefficients, paths: (.sparse, .sparse), gradient: &sparse)
        let c = step(pair, batch, coefficients, paths: (.dense, .sparse), gradient: &mixed)
        for terms in [b, c] {
            #expect(abs(a.loss - terms.loss) < 1e-6 * a.loss && a.L0_q == terms.L0_q && a.L0_k == terms.L0_k)
        }
        for parameter in Transcoder.Parameter.allCases {
            for other in [sparse, mixed] {
                let distance = relativeDistance(dense.query[parameter].map(Double.init), other.query[parameter].map(Double.init))
                #expect(distance < 2e-5, "\(parameter): \(distance)")
            }
        }
    }

    @Test func `a feature with a zero decoder row gets no gradient from its norm`() {
        let problem = SmallProblem()
        var pair = problem.start(seed: 1)
        for c in 0..<problem.shape.d_out { pair.query.W_dec[3 * problem.shape.d_out + c] = 0 }
        for path in [ActivationPath.dense, .sparse] {
            expectTwin(pair, problem.batch(seed: 2), StepCoefficients(lambda: 1e-2), path, tolerance: 1e-4)
        }
    }

    @Test func `the same step twice gives the same bits, whatever the buffers held`() {
        let problem = SmallProblem(), pair = problem.start(seed: 1), coefficients = StepCoefficients(lambda: 1e-2)
        var first = TranscoderPair(zerosLike: pair), second = pair, step = TranscoderStep()
        let a = step(pair, problem.batch(seed: 2), coefficients, paths: (.sparse, .dense), gradient: &first)
        _ = step(pair, problem.batch(seed: 3), coefficients, paths: (.dense, .sparse), gradient: &second)
        let b = step(pair, problem.batch(seed: 2), coefficients, paths: (.sparse, .dense), gradient: &second)
        #expect(a == b, "\(a) \(b)")
        #expect((first == second) == true)
    }

    @Test func `a gradient that shares its storage with the weights leaves them alone`() {
        let problem = SmallProblem(), pair = problem.start(seed: 1), again = problem.start(seed: 1)
        for path in [ActivationPath.dense, .sparse] {
            var gradient = pair, step = TranscoderStep()
            _ = step(
                pair, problem.batch(seed: 2), StepCoefficients(lambda: 1e-2, mu: 1), paths: (path, path), gradient: &gradient)
            #expect((pair == again) == true)
        }
    }

    @Test func `training lowers the divergence and the number of active features`() {
        let problem = SmallProblem(), batch = problem.batch(seed: 2), coefficients = StepCoefficients(lambda: 1e-2)
        let start = problem.start(seed: 1), end = problem.trained(steps: 400)
        var gradient = start, step = TranscoderStep()
        let before = step(start, batch, coefficients, paths: (.sparse, .sparse), gradient: &gradient)
        let after = step(end, batch, coefficients, paths: (.sparse, .sparse), gradient: &gradient)
        #expect(after.kl < before.kl / 10 && after.L0_q < before.L0_q * 2 / 3, "\(before) \(after)")
    }
}
