import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing

@Suite struct FeatureSourcesTests {
    @Test(arguments: ResidualLookTests.models)
    func `what the sources give sums to the pre-activation, and one hop further to each source's share`(_ name: String) throws {
        let model = try Fixtures.tinyModel(name), c = model.configuration, D = c.n_heads * c.d_head
        let tokens = Fixtures.randomTokens(min(8, c.n_ctx), model, seed: 5)
        var hops = 0
        for layer in 0..<c.n_layers {
            let autoencoder = randomAutoencoder(d_in: D, d_sae: 16, seed: UInt64(10 + layer))
            let residual = randomAutoencoder(d_in: c.d_model, d_sae: 24, seed: UInt64(20 + layer))
            let sources = try FeatureSources(model, layer: layer, autoencoder, tokens: tokens)
            for destination in tokens.indices {
                for feature in 0..<16 {
                    let shares = sources.attribution(feature, destination: destination)
                    let pre = sources.pre(feature, at: destination), sum = shares.reduce(0, +) + sources.constant(feature)
                    let magnitude = shares.reduce(abs(sources.constant(feature))) { $0 + abs($1) }
                    // Single precision of the model's own z.
                    #expect(abs(sum - pre) <= 1e-4 * max(1, magnitude), "feature \(feature) at \(destination): \(sum), \(pre)")
                    let activation = sources.activation(feature, at: destination)
                    #expect(abs(Double(activation) - max(0, pre)) <= 1e-4 * max(1, magnitude))
                    guard feature % 5 == 0 else { continue }
                    let source = (destination + feature) % (destination + 1)
                    let hop = try sources.hop(feature, destination: destination, source: source, through: residual)
                    let share = (0..<c.n_heads).reduce(0) { $0 + shares[source * c.n_heads + $1] }
                    let parts = hop.features.reduce(abs(hop.b_dec) + abs(hop.error) + abs(hop.b_V)) { $0 + abs($1.contribution) }
                    #expect(abs(hop.sum - share) <= 1e-4 * max(1, parts), "source \(source): \(hop.sum), \(share)")
                    hops += hop.features.count
                }
            }
        }
        #expect(hops > 20)
    }

    @Test func `with one head that looks at one source and σ of 1, both published forms are the same`() throws {
        let model = try Fixtures.tinyModel("one_head"), c = model.configuration
        // The first token sees itself alone: A = 1.
        let tokens = Fixtures.randomTokens(1, model, seed: 6)
        let sources = try FeatureSources(
            model, layer: 0, randomAutoencoder(d_in: c.d_head, d_sae: 8, seed: 1), tokens: tokens)
        let sigma = Double(
            try model.forward(TokenBatch(tokens), capture: [ActivationName(.ln1_scale, 0)])[.ln1_scale, 0].values[0])
        let hop = try sources.hop(
            3, destination: 0, source: 0, through: randomAutoencoder(d_in: c.d_model, d_sae: 24, seed: 2))
        #expect(!hop.features.isEmpty)
        for feature in hop.features {
            #expect(abs(feature.contribution * sigma - feature.published) <= 1e-9 * max(1, abs(feature.published)))
        }
    }

    @Test func `heads' shares are the norms of their parts of the decoder row`() {
        var autoencoder = Autoencoder(zeros: AutoencoderShape(d_in: 6, d_sae: 2))
        autoencoder.W_dec = [3, 4, 0, 0, 0, 5] + [0, 0, 0, 0, 0, 0]
        #expect(FeatureEffects.headShares(autoencoder, feature: 0, n_heads: 3) == [0.5, 0, 0.5])
        #expect(FeatureEffects.headShares(autoencoder, feature: 1, n_heads: 3) == [0, 0, 0])
    }

    @Test func `the direct logit effect is what a unit of the feature changes the logits by, if σ is 1`() throws {
        let model = try Fixtures.tinyModel("plain"), c = model.configuration, layer = c.n_layers - 1, D = c.d_model
        let autoencoder = randomAutoencoder(d_in: D, d_sae: 8, seed: 3), feature = 5
        let found = try FeatureEffects.logits(model, layer: layer, autoencoder, feature: feature)
        // The same through the model's own last LayerNorm and unembedding, the feature's direction added to its x.
        let W_O = try model.W_O(layer).values
        let written = (0..<D).map { d in
            (0..<D).reduce(0.0) { $0 + Double(autoencoder.W_dec[feature * D + $1]) * Double(W_O[$1 * D + d]) }
        }
        let mean = written.reduce(0, +) / Double(D)
        let tokens = TokenBatch(Fixtures.randomTokens(3, model, seed: 7))
        let own = try model.forward(tokens, capture: [ActivationName(.logits)])[.logits].values
        let edited = try model.forward(
            tokens, capture: [ActivationName(.logits)],
            edits: [ActivationName(.ln_final_x): { span in for d in 0..<D { span[2 * D + d] += Float(written[d] - mean) } }]
        )[.logits].values
        let change = zip(edited, own).suffix(c.d_vocab).map { Double($0) - Double($1) }
        let average = change.reduce(0, +) / Double(c.d_vocab)
        for token in 0..<c.d_vocab {
            // Single precision of logits.
            #expect(abs(Double(found[token]) - (change[token] - average)) < 1e-4, "token \(token)")
        }
    }
}
