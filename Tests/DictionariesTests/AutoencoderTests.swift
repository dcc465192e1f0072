import Dictionaries
import Kernels
import Tensors
import Testing

/// The autoencoder's step against PyTorch in double precision: Tests/References/sae/sae_reference.py.
@Suite struct AutoencoderTests {
    private static let D = 12, F = 40, N = 48, steps = 8, lambda: Float = 0.3, bandwidth: Float = 0.2, k = 4
    private static let fixture = Result { try Fixture("autoencoder.f64") }

    private static func floats(_ name: String) throws -> [Float] { try fixture.get()(name).map { Float($0) } }

    private static func start(_ name: String) throws -> Autoencoder {
        var autoencoder = Autoencoder(zeros: AutoencoderShape(d_in: D, d_sae: F))
        autoencoder.W_enc = try floats("\(name).W_enc")
        autoencoder.b_enc = try floats("\(name).b_enc")
        autoencoder.W_dec = try floats("\(name).W_dec")
        autoencoder.b_dec = try floats("\(name).b_dec")
        return autoencoder
    }

    private static func batch(_ step: Int) throws -> [Float] { Array(try floats("z")[step * N * D..<(step + 1) * N * D]) }

    /// The norm of the difference as a share of the reference's.
    private static func difference(_ found: [Float], _ name: String) throws -> Double {
        let expected = try fixture.get()(name)
        #expect(found.count == expected.count)
        let squares = zip(found, expected).reduce((0.0, 0.0)) {
            ($0.0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1), $0.1 + $1.1 * $1.1)
        }
        return (squares.0 / squares.1).squareRoot()
    }

    /// *Source:* the figure to reach; single precision gives some 1e-6.
    private static let tolerance = 1e-4

    @Test(arguments: ["relu", "jumprelu"]) func `loss and gradient are PyTorch's`(_ name: String) throws {
        var autoencoder = try Self.start(name)
        let threshold: Float = 0.25
        if name == "jumprelu" { autoencoder.gate = .threshold(Array(repeating: threshold, count: Self.F)) }
        let (gradient, loss) = AutoencoderGradient.of(
            autoencoder, try Self.batch(0), lambda: Self.lambda, bandwidth: name == "jumprelu" ? Self.bandwidth : nil)
        let expected = try Self.fixture.get()("\(name).losses")[0]
        #expect(abs(loss - expected) < Self.tolerance * expected)
        #expect(try Self.difference(gradient.features.W_enc, "\(name).W_enc.grad") < Self.tolerance)
        #expect(try Self.difference(gradient.features.b_enc, "\(name).b_enc.grad") < Self.tolerance)
        #expect(try Self.difference(gradient.features.W_dec, "\(name).W_dec.grad") < Self.tolerance)
        #expect(try Self.difference(gradient.b_dec(autoencoder), "\(name).b_dec.grad") < Self.tolerance)
        if name == "jumprelu" {
            #expect(try Self.difference(gradient.dLogThreshold, "\(name).log_threshold.grad") < Self.tolerance)
        }
    }

    private static func recipe(_ name: String, density: Double) -> AutoencoderRecipe {
        let activation: AutoencoderRecipe.Activation =
            switch name {
            case "topk": .topk(k: k)
            case "batchtopk": .batchtopk(k: k)
            case "jumprelu": .jumprelu(threshold: 0.25, bandwidth: bandwidth)
            default: .relu
            }
        var recipe = AutoencoderRecipe(steps: steps, learningRate: 1e-3, activation: activation)
        recipe.lambda = name == "relu" || name == "jumprelu" ? lambda : 0
        recipe.adam = SecondMoment(beta2: 0.9999)
        (recipe.warmUp, recipe.decayShare, recipe.sparseDensity) = (.linear(steps: 0), 0, density)
        return recipe
    }

    /// Every step with every activation, and with lists from the second step on.
    @Test(arguments: ["relu", "topk", "batchtopk", "jumprelu"], [0.0, 1.0])
    func `eight steps have PyTorch's losses and end at its weights`(_ name: String, _ density: Double) throws {
        var trainer = AutoencoderTrainer(try Self.start(name), recipe: Self.recipe(name, density: density), seed: 0)
        let expected = try Self.fixture.get()("\(name).losses")
        for step in 0..<Self.steps {
            let figures = trainer.step(try Self.batch(step))
            #expect(abs(figures.loss - expected[step]) < Self.tolerance * expected[step], "step \(step)")
            let isListed = step > 0 && density == 1 || name == "topk" || name == "batchtopk"
            #expect(figures.path == (isListed ? .sparse : .dense))
        }
        let end = trainer.autoencoder
        // Adam without a first moment moves each weight by about the learning rate whatever the size of its gradient: where that is
        // all but zero, its sign is rounding's. A weight in a thousand may so differ by twice the steps' rates, which is 5e-4 of the norm.
        let tolerance = 5e-4
        #expect(try Self.difference(end.W_enc, "\(name).W_enc.end") < tolerance)
        #expect(try Self.difference(end.b_enc, "\(name).b_enc.end") < tolerance)
        #expect(try Self.difference(end.W_dec, "\(name).W_dec.end") < tolerance)
        #expect(try Self.difference(end.b_dec, "\(name).b_dec.end") < tolerance)
        if case .threshold(let thresholds) = end.gate, name == "jumprelu" {
            let logarithms = try Self.fixture.get()("jumprelu.log_threshold.end")
            for (found, expected) in zip(thresholds, logarithms) {
                #expect(abs(Double(found) / exponential(expected) - 1) < 1e-4)
            }
        }
        for feature in 0..<Self.F {
            let row = end.W_dec[feature * Self.D..<(feature + 1) * Self.D]
            #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        }
    }

    /// eˣ by its series; x is near −1.
    private func exponential(_ x: Double) -> Double {
        var term = 1.0, sum = 1.0
        for n in 1...30 {
            term *= x / Double(n)
            sum += term
        }
        return sum
    }

    @Test func `with trained thresholds the gate that was learnt encodes afterwards`() throws {
        var trainer = AutoencoderTrainer(try Self.start("batchtopk"), recipe: Self.recipe("batchtopk", density: 0), seed: 0)
        for step in 0..<Self.steps { _ = trainer.step(try Self.batch(step)) }
        guard case .threshold(let thresholds) = trainer.autoencoder.gate else {
            Issue.record("BatchTopK has left the gate \(trainer.autoencoder.gate)")
            return
        }
        #expect(Set(thresholds).count == 1 && thresholds[0] > 0)
        let z = try Self.batch(0), f = trainer.autoencoder.encode(z)
        #expect(f.values.allSatisfy { $0 > thresholds[0] } && f.count > 0)
        let reconstruction = trainer.autoencoder.decode(f)
        #expect(reconstruction.count == z.count)
    }
}
