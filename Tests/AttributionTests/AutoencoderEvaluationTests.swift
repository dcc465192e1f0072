import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing
import Tokenizer

/// What an autoencoder reaches in the model, where that is known without a training.
@Suite struct AutoencoderEvaluationTests {
    private static let T = 32, count = 12
    private let model: GPT2Model, contexts: [Int32]

    init() throws {
        let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Sources/Daemon/Models/demo-4l"
        model = try GPT2Model(directory: .own(folder))
        let text = try Contexts(
            TextFile(.own(folder + "/corpus.txt"), field: nil), tokenizer: Tokenizer(directory: .own(folder)), T: Self.T,
            limit: Self.count)
        contexts = try text.batch(0..<Self.count)
    }

    private func evaluation(_ site: ActivationName.Site, layer: Int, _ autoencoder: Autoencoder) throws -> AutoencoderEvaluation {
        var evaluation = AutoencoderEvaluation(model, ActivationName(site, layer), autoencoder)
        // In two parts, as a job does it.
        try evaluation.add(Array(contexts[..<(8 * Self.T)]), T: Self.T)
        try evaluation.add(Array(contexts[(8 * Self.T)...]), T: Self.T)
        return evaluation
    }

    @Test(arguments: [ActivationName.Site.z, .resid_pre, .ln1_x, .attn_out])
    func `an autoencoder that loses nothing recovers the whole loss`(_ site: ActivationName.Site) throws {
        let D = model.configuration.d_model
        var lossless = Autoencoder(zeros: AutoencoderShape(d_in: D, d_sae: 2 * D))
        for d in 0..<D {
            lossless.W_enc[d * D + d] = 1
            lossless.W_enc[(D + d) * D + d] = -1
        }
        lossless.W_dec = lossless.W_enc
        let found = try evaluation(site, layer: 1, lossless)
        // ẑ is z to the bit: f is z or −z, and the rows are those of the unit matrix.
        #expect(try #require(found.CE_sae) == #require(found.CE) && found.replaced.KL_logits == 0)
        #expect(found.explainedVariance == 1 && found.tokens == Self.count * Self.T)
        // Of each pair of features the one or the other is active.
        #expect(found.L0 <= Double(D) && found.L0 > 0.99 * Double(D))
        #expect(found.live <= 2 * D && found.density.reduce(0, +) == found.L0)
    }

    @Test func `an autoencoder of nothing is the activation set to zero`() throws {
        let D = model.configuration.d_model
        let found = try evaluation(.z, layer: 2, Autoencoder(zeros: AutoencoderShape(d_in: D, d_sae: 8)))
        let CE = try #require(found.CE), zero = try #require(found.CE_zero)
        #expect(found.CE_sae == zero && zero > CE + RecoveredShare.leastDenominator)
        #expect(found.recovered?.value == 0 && found.L0 == 0 && found.live == 0)
        // The error is z itself: no more variance is explained than by the mean, and less if the mean is not 0.
        #expect(try #require(found.explainedVariance) <= 0)
    }

    @Test func `zeroing and replacing are edits of the whole pass`() throws {
        let D = model.configuration.d_model, name = ActivationName(.z, 1)
        var generator = RandomGenerator(seed: 2)
        let random = Autoencoder(
            AutoencoderShape(d_in: D, d_sae: 4 * D), start: .tied, mean: Array(repeating: 0.1, count: D), using: &generator)
        let found = try evaluation(.z, layer: 1, random)
        let batch = TokenBatch(contexts, B: Self.count, T: Self.T)
        func mean(_ losses: Tensor) -> Double { losses.values.reduce(0) { $0 + Double($1) } / Double(losses.count) }
        let zero = try mean(model.loss(batch, edits: [name: { span in for place in span.indices { span[place] = 0 } }]))
        let replaced = try mean(
            model.loss(
                batch,
                edits: [
                    name: { span in
                        let z = span.indices.map { span[$0] }
                        span.copy(random.decode(random.encode(z)).span)
                    }
                ]))
        // Other products of the same numbers: single precision, averaged over some 370 tokens.
        #expect(abs(try #require(found.CE_zero) - zero) < 1e-4)
        #expect(abs(try #require(found.CE_sae) - replaced) < 1e-4)
    }
}
