import Dictionaries
import Kernels
import Tensors
import Testing

/// Trainings of autoencoders: what they find, how dead features begin again, how they go on.
@Suite struct AutoencoderTrainerTests {
    private static let D = 16, sources = 24, N = 256

    /// Sparse mixtures of directions.
    private static func batch(_ step: Int) -> [Float] {
        var fixed = RandomGenerator(seed: 3), generator = RandomGenerator(seed: UInt64(1000 + step))
        let directions = (0..<sources * D).map { _ in Float(fixed.normal()) / 4 }
        var z = [Float](repeating: 0, count: N * D)
        for token in 0..<N {
            for _ in 0..<2 {
                let source = Int(generator.next() % UInt64(sources)), size = 1 + generator.uniform()
                for d in 0..<D { z[token * D + d] += size * directions[source * D + d] }
            }
        }
        return z
    }

    private static func recipe(_ activation: AutoencoderRecipe.Activation, steps: Int = 400) -> AutoencoderRecipe {
        var recipe = AutoencoderRecipe(steps: steps, learningRate: 3e-3, activation: activation)
        (recipe.warmUp, recipe.sparseDensity) = (.linear(steps: 20), 0.5)
        switch activation {
        case .relu: recipe.lambda = 0.8
        case .jumprelu: recipe.lambda = 0.15
        case .topk, .batchtopk: recipe.auxiliary = .init(k: 8)
        }
        recipe.deadAfterTokens = 20 * N
        return recipe
    }

    private static func start(_ recipe: AutoencoderRecipe, F: Int = 48) -> AutoencoderTrainer {
        var generator = RandomGenerator(seed: 5)
        let mean = (0..<D).map { d in
            batch(0).enumerated().reduce(Float(0)) { $1.offset % D == d ? $0 + $1.element : $0 } / Float(N)
        }
        let autoencoder = Autoencoder(
            AutoencoderShape(d_in: D, d_sae: F), start: recipe.start, mean: mean, using: &generator)
        return AutoencoderTrainer(autoencoder, recipe: recipe, seed: 9)
    }

    @Test(arguments: [
        AutoencoderRecipe.Activation.relu, .topk(k: 3), .batchtopk(k: 3), .jumprelu(threshold: 0.05, bandwidth: 0.1),
    ])
    func `mixtures of directions are taken apart`(_ activation: AutoencoderRecipe.Activation) {
        var trainer = Self.start(Self.recipe(activation))
        let first = trainer.step(Self.batch(0))
        var last = first
        for step in 1..<400 { last = trainer.step(Self.batch(step)) }
        #expect(last.explainedVariance > 0.8, "\(first) \(last)")
        #expect(last.L0 < 12.5 && last.path == .sparse, "\(last)")
    }

    @Test(arguments: [
        AutoencoderRecipe.Activation.relu, .topk(k: 3), .batchtopk(k: 3), .jumprelu(threshold: 0.05, bandwidth: 0.1),
    ])
    func `a training that is saved and restored goes on to the bit`(_ activation: AutoencoderRecipe.Activation) throws {
        var recipe = Self.recipe(activation, steps: 40)
        recipe.resampling = .init(every: 10, most: 4, deadFrequency: 1e-3, batches: 2)
        func advance(_ trainer: inout AutoencoderTrainer, _ steps: Range<Int>) -> [AutoencoderFigures] {
            steps.map { step in
                if trainer.isResamplingDue, var draw = trainer.beginResampling() {
                    for number in 0..<2 { trainer.offer(Self.batch(500 + number), to: &draw) }
                    trainer.finishResampling(draw)
                }
                return trainer.step(Self.batch(step))
            }
        }
        var one = Self.start(recipe)
        _ = advance(&one, 0..<15)
        var other = try AutoencoderTrainer(restoring: one.save(), recipe: recipe)
        #expect(advance(&one, 15..<32) == advance(&other, 15..<32))
        #expect(one.autoencoder == other.autoencoder && one.save().header == other.save().header)
    }

    @Test func `dead features begin again where the error is large, and nothing is left of what they were`() throws {
        var recipe = Self.recipe(.relu, steps: 100)
        recipe.resampling = .init(every: 4, most: 1, deadFrequency: 0, batches: 1)
        let dead = [3, 17, 40]
        var autoencoder = Self.start(recipe).autoencoder
        for feature in dead { autoencoder.b_enc[feature] = -100 }
        var trainer = AutoencoderTrainer(autoencoder, recipe: recipe, seed: 9)
        for step in 0..<4 {
            #expect(!trainer.isResamplingDue)
            _ = trainer.step(Self.batch(step))
        }
        #expect(trainer.isResamplingDue)
        let begun = trainer.beginResampling()
        var draw = try #require(begun)
        #expect(draw.wanted == 3)
        let z = Self.batch(50), D = Self.D
        trainer.offer(z, to: &draw)
        let before = trainer.autoencoder
        #expect(trainer.finishResampling(draw) == dead)
        let after = trainer.autoencoder
        func norm(_ row: some Sequence<Float>) -> Float { row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        func row(_ values: [Float], _ feature: Int) -> [Float] { Array(values[feature * D..<(feature + 1) * D]) }
        let live = (0..<48).filter { !dead.contains($0) }
        let length = 0.2 * live.reduce(0) { $0 + norm(row(before.W_enc, $1)) } / Float(live.count)
        for feature in dead {
            #expect(after.b_enc[feature] == 0 && abs(norm(row(after.W_dec, feature)) - 1) < 1e-5)
            // The encoder's row is the decoder's, a fifth of the live ones' mean norm long.
            for (encoder, decoder) in zip(row(after.W_enc, feature), row(after.W_dec, feature)) {
                #expect(abs(encoder - length * decoder) < 1e-5)
            }
            // And that is the direction of one of the tokens offered.
            let cosines = (0..<Self.N).map { token in
                let x = (0..<D).map { z[token * D + $0] - before.b_dec[$0] }
                return zip(x, row(after.W_dec, feature)).reduce(0) { $0 + $1.0 * $1.1 } / norm(x)
            }
            #expect(try #require(cosines.max()) > 1 - 1e-5)
        }
        for feature in live { #expect(row(after.W_enc, feature) == row(before.W_enc, feature)) }
        for name in ["W_enc.second", "W_dec.second"] {
            let moments = try #require(trainer.save().buffers.first { $0.name == name }?.values)
            for feature in dead { #expect(row(moments, feature).allSatisfy { $0 == 0 }) }
            #expect(moments.contains { $0 > 0 })
        }
        #expect(!trainer.isResamplingDue)
        // The learning rate rises anew where the recipe says so.
        let figures = trainer.step(Self.batch(4))
        #expect(figures.learningRate > 0)
    }

    @Test func `tokens are drawn in proportion to the squares of their errors`() throws {
        var recipe = Self.recipe(.relu, steps: 100)
        recipe.resampling = .init(every: 1, most: 1, deadFrequency: 0, batches: 1)
        // Two kinds of token, one of twice the error's norm: its weight is sixteen times the other's.
        var autoencoder = Autoencoder(zeros: AutoencoderShape(d_in: 2, d_sae: 1))
        autoencoder.b_enc = [-100]
        autoencoder.W_dec = [1, 0]
        var counts = [0, 0]
        for seed in 0..<2000 {
            var trainer = AutoencoderTrainer(autoencoder, recipe: recipe, seed: UInt64(seed))
            _ = trainer.step([0, 0, 0, 0])
            let begun = trainer.beginResampling()
            var draw = try #require(begun)
            trainer.offer([1, 0, 0, 2], to: &draw)
            trainer.finishResampling(draw)
            counts[trainer.autoencoder.W_dec == [1, 0] ? 0 : 1] += 1
        }
        // 2000/17 = 118 of the lesser kind, with a standard deviation of 10.5.
        #expect(abs(counts[0] - 118) < 42, "\(counts)")
    }

    @Test func `the published warm-up begins again with the features`() {
        var recipe = AutoencoderRecipe.kissane2024(steps: 100_000)
        #expect(abs(recipe.learningRate(at: 0, restart: 0) - 1.2e-4) < 1e-10)
        #expect(abs(recipe.learningRate(at: 500, restart: 0) - 0.55 * 1.2e-3) < 1e-8)
        #expect(recipe.learningRate(at: 1000, restart: 0) == 1.2e-3 && recipe.learningRate(at: 99_999, restart: 0) == 1.2e-3)
        #expect(abs(recipe.learningRate(at: 25_000, restart: 25_000) - 1.2e-4) < 1e-10)
        #expect(recipe.adam == SecondMoment(beta2: 0.9999) && recipe.activation == .relu && recipe.lambda == 1)
        #expect(recipe.resampling == .init(every: 25_000, most: 4, deadFrequency: 1e-6, batches: 100))
        recipe.lambdaShare = 0.1
        #expect(recipe.lambda(at: 5000) == 0.5)
    }
}
