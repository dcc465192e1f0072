import Dictionaries
import Testing

@Suite struct FiftyLossesTests {
    private static let steps = 50, batches = 10, B = 2, T = 24, d_model = 16, n_heads = 2

    /// The batch and the weights are the reference's in float32; after fifty steps of Adam its rounding and ours have drifted apart by
    /// some 1e-5.
    @Test(arguments: [0, 0.47, 2]) func `the first fifty losses are the reference's, dense, switching and sparse`(
        _ density: Double
    ) throws {
        let fixture = try Fixture("losses.f64")
        func side(_ name: String, d_sae: Int) throws -> Transcoder {
            var side = Transcoder(
                zeros: TranscoderShape(
                    d_model: Self.d_model, d_sae: d_sae, n_heads: Self.n_heads, d_head: Self.d_model / Self.n_heads))
            for parameter in Transcoder.Parameter.allCases {
                side[parameter] = try fixture("\(name).\(parameter.rawValue)").map { Float($0) }
            }
            return side
        }
        let start = TranscoderPair(query: try side("query", d_sae: 48), key: try side("key", d_sae: 40))
        var recipe = TrainingRecipe(schedule: TrainingSchedule(steps: Self.steps, learningRate: 4e-3, lambda: 3e-2))
        recipe.sparseDensity = density
        var trainer = TranscoderTrainer(start, recipe: recipe, seed: 0), paths: [ActivationPaths] = []
        let want = try fixture("losses")
        for step in 0..<Self.steps {
            let number = step % Self.batches
            let batch = PatternBatch(
                sequences: Self.B, length: Self.T, attn_scale: 1 / Float(8).squareRoot(),
                x: try fixture("\(number).x").map { Float($0) }, q: try fixture("\(number).q").map { Float($0) },
                k: try fixture("\(number).k").map { Float($0) })
            let figures = trainer.step(batch), terms = figures.terms
            paths.append(figures.paths)
            for (column, got) in [terms.loss, terms.kl, terms.kl_q, terms.kl_k, terms.sparsity].enumerated() {
                let expected = want[step * 5 + column]
                #expect(abs(got - expected) <= 1e-3 * expected, "step \(step), term \(column): \(got) for \(expected)")
            }
        }
        let switched = paths.firstIndex { $0.key == .sparse }
        #expect(density == 0 ? switched == nil : density == 2 ? switched == 1 : (switched ?? 0) > 1)
    }
}
