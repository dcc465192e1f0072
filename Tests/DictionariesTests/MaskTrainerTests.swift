import Dictionaries
import Kernels
import Tensors
import Testing

@Suite struct MaskTrainerTests {
    @Test func `divergence and gradient are the twin's`() {
        let small = SmallMap()
        var map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale),
            twin = MapTwin(small.pair, attn_scale: small.problem.attn_scale), generator = RandomGenerator(seed: 3)
        for a in 0..<40 {
            for pair in small.support.range(a) {
                for h in 0..<2 {
                    map.mask[pair * 2 + h] = generator.uniform()
                    twin.mask[a][Int(small.support.keys[pair])][h] = Double(map.mask[pair * 2 + h])
                }
            }
        }
        var coefficients = MaskCoefficients(lambda: 0)
        /// Without a decay, Adam's first moment is the gradient; at a rate of 0 the mask stays.
        func step(_ coefficients: MaskCoefficients) -> (terms: MaskTerms, gradient: [Float]) {
            var trainer = MaskTrainer(map, adam: Adam(beta1: 0))
            let terms = trainer.step(small.batches[0], coefficients, learningRate: 0)
            return (terms, trainer.buffers.first { $0.name == "mask.first" }?.values ?? [])
        }
        let (terms, gradient) = step(coefficients), want = twin.step(small.batches[0])
        for bytes in [1, 1 << 20] {
            var divergence = MapDivergence(chunkBytes: bytes)
            #expect(abs(divergence(map, small.batches[0]) - want.kl) < 1e-5 * want.kl)
        }
        #expect(abs(terms.kl - want.kl) < 1e-5 * want.kl && terms.loss == terms.kl)
        let expected = (0..<40).flatMap { a in
            small.support.range(a).flatMap { want.gradient[a][Int(small.support.keys[$0])] }
        }
        #expect(relativeDistance(gradient.map(Double.init), expected) < 1e-5)

        coefficients.lambda = 0.5
        coefficients.kl = 3
        let (penalised, penalisedGradient) = step(coefficients)
        let penalty = map.mask.reduce(0) { $0 + (Double($1) + 1e-6).squareRoot() }
        #expect(abs(penalised.penalty - penalty) < 1e-5 * penalty)
        #expect(abs(penalised.loss - (3 * want.kl + 0.5 * penalty)) < 1e-5 * penalised.loss)
        let both = zip(expected, map.mask).map { 3 * $0 + 0.25 / (Double($1) + 1e-6).squareRoot() }
        #expect(relativeDistance(penalisedGradient.map(Double.init), both) < 1e-5)
    }

    @Test func `the twin's gradient is the divergence's finite difference`() {
        let small = SmallMap()
        var twin = MapTwin(small.pair, attn_scale: small.problem.attn_scale)
        let analytic = twin.step(small.batches[0]).gradient, h = 1e-4
        let places = small.support.keys.prefix(12).map { (a: 0, b: Int($0)) } + [(a: 7, b: 3), (a: 20, b: 11)]
        var differences: [Double] = [], expected: [Double] = []
        for (a, b) in places where small.support.range(a).contains(where: { Int(small.support.keys[$0]) == b }) {
            let kl = { (shift: Double) in
                twin.mask[a][b][1] += shift
                defer { twin.mask[a][b][1] -= shift }
                return twin.step(small.batches[0]).kl
            }
            differences.append((kl(h) - kl(-h)) / (2 * h))
            expected.append(analytic[a][b][1])
        }
        #expect(!expected.isEmpty && relativeDistance(differences, expected) < 1e-6)
    }

    @Test func `the mask on the support trains as the dense trainer's on all pairs does`() {
        let small = SmallMap(), rate: Float = 3e-2, lambda: Float = 2e-4
        var trainer = MaskTrainer(FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale)),
            dense = DenseMaskTrainer(MapTwin(small.pair, attn_scale: small.problem.attn_scale))
        for s in 0..<50 {
            let batch = small.batches[s % 2]
            let terms = trainer.step(batch, MaskCoefficients(lambda: lambda), learningRate: rate), got = terms.kl
            #expect(terms.entries == trainer.map.mask.count { $0 > 0 })
            let want = dense.advance(batch, lambda: Double(lambda), learningRate: Double(rate))
            #expect(abs(got - want) < 1e-4 * want, "step \(s): \(got) for \(want)")
        }
        let map = trainer.map
        var greatest = 0.0
        for a in 0..<40 {
            for pair in small.support.range(a) {
                for h in 0..<2 {
                    let want = dense.map.mask[a][Int(small.support.keys[pair])][h]
                    greatest = max(greatest, abs(Double(map.mask[pair * 2 + h]) - want))
                }
            }
        }
        #expect(greatest < 1e-3)
        // The run is one in which the clamp matters and something survives.
        let zeros = map.mask.count { $0 == 0 }
        #expect(zeros > map.mask.count / 10 && zeros < map.mask.count)
    }

    @Test func `a batch in chunks trains as in one piece, and whatever the number of threads`() {
        let small = SmallMap(), coefficients = MaskCoefficients(lambda: 2e-4)
        let map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale)
        func trained(chunkBytes: Int) -> FeatureMap {
            var trainer = MaskTrainer(map, chunkBytes: chunkBytes)
            for s in 0..<10 { _ = trainer.step(small.batches[s % 2], coefficients, learningRate: 1e-2) }
            return trainer.map
        }
        let whole = trained(chunkBytes: 1 << 20), pieces = trained(chunkBytes: 1)
        #expect(zip(whole.mask, pieces.mask).allSatisfy { abs($0 - $1) < 1e-4 } && whole.mask != map.mask)
        let before = threadCount
        defer { setThreads(before) }
        setThreads(3)
        #expect(trained(chunkBytes: 1 << 20) == whole)
        setThreads(1)
        #expect(trained(chunkBytes: 1 << 20) == whole)
    }

    @Test func `a restored mask trainer goes on bit for bit`() throws {
        let small = SmallMap(), coefficients = MaskCoefficients(lambda: 2e-4)
        let map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale)
        var trainer = MaskTrainer(map), restored = MaskTrainer(map)
        func advance(_ trainer: inout MaskTrainer) {
            for s in trainer.step..<trainer.step + 5 { _ = trainer.step(small.batches[s % 2], coefficients, learningRate: 1e-2) }
        }
        advance(&trainer)
        let saved = Dictionary(uniqueKeysWithValues: trainer.buffers.map { ($0.name, $0.values) })
        try restored.restore(step: trainer.step) { saved[$0] }
        advance(&trainer)
        advance(&restored)
        #expect(restored.map == trainer.map && restored.step == trainer.step)
        #expect(restored.buffers.map(\.values) == trainer.buffers.map(\.values))
        #expect(throws: OptimiserStateError(buffer: "mask.second", expected: map.mask.count, found: nil)) {
            try restored.restore(step: 1) { $0 == "mask.second" ? nil : saved[$0] }
        }
        trainer.restart(mask: map.mask)
        #expect(trainer.buffers.map(\.values) == MaskTrainer(map).buffers.map(\.values) && trainer.step == 0)
    }
}
