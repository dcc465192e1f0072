import Dictionaries
import Tensors
import Testing

@Suite struct MaskStepTests {
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
        var step = MaskStep(), gradient = [Float](repeating: 9, count: map.mask.count), coefficients = MaskCoefficients(lambda: 0)
        let terms = step(map, small.batches[0], coefficients, gradient: &gradient), want = twin.step(small.batches[0])
        #expect(abs(terms.kl - want.kl) < 1e-5 * want.kl && terms.loss == terms.kl)
        let expected = (0..<40).flatMap { a in
            small.support.range(a).flatMap { want.gradient[a][Int(small.support.keys[$0])] }
        }
        #expect(relativeDistance(gradient.map(Double.init), expected) < 1e-5)

        coefficients.lambda = 0.5
        coefficients.kl = 3
        let penalised = step(map, small.batches[0], coefficients, gradient: &gradient)
        let penalty = map.mask.reduce(0) { $0 + (Double($1) + 1e-6).squareRoot() }
        #expect(abs(penalised.penalty - penalty) < 1e-5 * penalty)
        #expect(abs(penalised.loss - (3 * want.kl + 0.5 * penalty)) < 1e-5 * penalised.loss)
        let both = zip(expected, map.mask).map { 3 * $0 + 0.25 / (Double($1) + 1e-6).squareRoot() }
        #expect(relativeDistance(gradient.map(Double.init), both) < 1e-5)
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
        var map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale),
            dense = DenseMaskTrainer(MapTwin(small.pair, attn_scale: small.problem.attn_scale))
        var optimiser = MaskOptimiser(for: map), step = MaskStep()
        var gradient = [Float](repeating: 0, count: map.mask.count)
        for s in 0..<50 {
            let batch = small.batches[s % 2]
            let got = step(map, batch, MaskCoefficients(lambda: lambda), gradient: &gradient).kl
            optimiser.apply(gradient, to: &map.mask, learningRate: rate)
            let want = dense.advance(batch, lambda: Double(lambda), learningRate: Double(rate))
            #expect(abs(got - want) < 1e-4 * want, "step \(s): \(got) for \(want)")
        }
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

    @Test func `a restored mask optimiser goes on bit for bit`() throws {
        let small = SmallMap(), coefficients = MaskCoefficients(lambda: 2e-4)
        var map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale),
            optimiser = MaskOptimiser(for: map), step = MaskStep()
        var gradient = [Float](repeating: 0, count: map.mask.count)
        func advance(_ map: inout FeatureMap, _ optimiser: inout MaskOptimiser) {
            for s in optimiser.step..<optimiser.step + 5 {
                _ = step(map, small.batches[s % 2], coefficients, gradient: &gradient)
                optimiser.apply(gradient, to: &map.mask, learningRate: 1e-2)
            }
        }
        advance(&map, &optimiser)
        var again = map, restored = MaskOptimiser(for: map)
        let saved = Dictionary(uniqueKeysWithValues: optimiser.buffers.map { ($0.name, $0.values) })
        try restored.restore(step: optimiser.step) { saved[$0] }
        advance(&map, &optimiser)
        advance(&again, &restored)
        #expect(again == map && restored == optimiser)
        #expect(throws: OptimiserStateError(buffer: "mask.second", expected: map.mask.count, found: nil)) {
            try restored.restore(step: 1) { $0 == "mask.first" ? saved[$0] : nil }
        }
    }
}
