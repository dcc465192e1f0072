import Attribution
import Checkpoints
import Dictionaries
import Foundation
import GPT2
import Kernels
import Tensors
import Testing

/// An untrained autoencoder whose features are active often enough to matter.
func randomAutoencoder(d_in: Int, d_sae: Int, seed: UInt64, gate: FeatureGate = .positive) -> Autoencoder {
    var generator = RandomGenerator(seed: seed)
    let mean = (0..<d_in).map { _ in 0.3 * (2 * generator.uniform() - 1) }
    var autoencoder = Autoencoder(
        AutoencoderShape(d_in: d_in, d_sae: d_sae), start: .tied, mean: mean, using: &generator)
    for feature in 0..<d_sae { autoencoder.b_enc[feature] = 0.2 * (2 * generator.uniform() - 1) }
    autoencoder.gate = gate
    return autoencoder
}

@Suite struct ResidualLookTests {
    static let models = ["plain", "odd_head", "unscaled_bf16", "by_layer_f16", "one_head"]
    static let gates: [FeatureGate] = [.positive, .largest(3), .threshold(Array(repeating: 0.1, count: 24))]

    /// Single precision of the model's own scores and of its LayerNorm; the parts are summed in double precision.
    static func tolerance(_ magnitude: Double) -> Double { 1e-4 * max(1, magnitude) }

    @Test(arguments: models) func `the parts of every score sum to the model's own, at every layer`(_ name: String) throws {
        let model = try Fixtures.tinyModel(name), c = model.configuration
        let tokens = Fixtures.randomTokens(min(8, c.n_ctx), model, seed: 3)
        var pairs = 0
        for layer in 0..<c.n_layers {
            for (number, gate) in Self.gates.enumerated() {
                let autoencoder = randomAutoencoder(d_in: c.d_model, d_sae: 24, seed: UInt64(layer * 3 + number), gate: gate)
                let look = try ResidualLook(model, layer: layer, autoencoder, tokens: tokens)
                for head in 0..<c.n_heads {
                    for i in tokens.indices {
                        for j in 0...i { pairs += check(look, head: head, i, j) }
                    }
                }
            }
        }
        #expect(pairs > 1000)
    }

    /// Checks one score; returns how many pairs it has.
    private func check(_ look: ResidualLook, head: Int, _ i: Int, _ j: Int) -> Int {
        let parts = look.decomposition(head: head, destination: i, source: j)
        let tolerance = Self.tolerance(parts.magnitude)
        let score = Double(look.attn_scores.values[(head * look.T + i) * look.T + j])
        let pairs = parts.pairs.reduce(0) { $0 + $1.contribution }
        let sum = pairs + parts.blocks.dropFirst().reduce(0) { $0 + $1.value }
        #expect(abs(sum - score) <= tolerance, "head \(head), \(i) to \(j): parts \(sum), score \(score)")
        #expect(parts.score == score && abs(parts.residual) <= tolerance && parts.blocks.count == 16)
        // In double precision on both sides.
        let exact = 1e-9 * max(1, parts.magnitude)
        #expect(abs(pairs - parts.blocks[0].value) <= exact)
        let byQuery = parts.queryFeatures.reduce(0) { $0 + $1.contribution }
        let byKey = parts.keyFeatures.reduce(0) { $0 + $1.contribution }
        #expect(abs(byQuery - parts.blocks[0..<4].reduce(0) { $0 + $1.value }) <= exact)
        #expect(abs(byKey - [0, 4, 8, 12].reduce(0) { $0 + parts.blocks[$1].value }) <= exact)
        return parts.pairs.count
    }

    @Test func `a part is what the score changes by when that feature alone is taken from the residual stream`() throws {
        let model = try Fixtures.tinyModel("plain"), c = model.configuration, layer = c.n_layers - 1, D = c.d_model
        let tokens = Fixtures.randomTokens(7, model, seed: 9)
        let autoencoder = randomAutoencoder(d_in: D, d_sae: 24, seed: 1)
        let look = try ResidualLook(model, layer: layer, autoencoder, tokens: tokens)
        let names = [ActivationName(.ln1_scale, layer), ActivationName(.ln1_x, layer), ActivationName(.q, layer)]
        let own = try model.forward(TokenBatch(tokens), capture: Set(names))
        let i = 6, head = 0
        for place in look.features.range(i) {
            let feature = Int(look.features.indices[place]), activation = look.features.values[place]
            // x less the feature's own part of it, σ as it is.
            let direction = autoencoder.W_dec[feature * D..<(feature + 1) * D]
            let mean = direction.reduce(0, +) / Float(D), sigma = own[.ln1_scale, layer].values[i]
            let edited = try model.forward(
                TokenBatch(tokens), capture: [names[2]],
                edits: [
                    names[1]: { span in
                        for (d, value) in direction.enumerated() { span[i * D + d] -= activation * (value - mean) / sigma }
                    }
                ])
            let K = c.d_head, columns = (i * c.n_heads + head) * K..<(i * c.n_heads + head + 1) * K
            let change = zip(own[.q, layer].values[columns], edited[.q, layer].values[columns]).map { Double($0) - Double($1) }
            for j in 0...i {
                let keys = try model.forward(TokenBatch(tokens), capture: [ActivationName(.k, layer)])[.k, layer].values
                let key = keys[(j * c.n_heads + head) * K..<(j * c.n_heads + head + 1) * K]
                let wanted = Double(c.attn_scale(layer)) * zip(change, key).reduce(0) { $0 + $1.0 * Double($1.1) }
                let parts = look.decomposition(head: head, destination: i, source: j)
                let found = parts.queryFeatures.first { Int($0.feature) == feature }?.contribution ?? .nan
                #expect(
                    abs(found - wanted) <= Self.tolerance(parts.magnitude), "feature \(feature), source \(j): \(found), \(wanted)"
                )
            }
        }
        #expect(look.features.range(i).count > 2)
    }

    @Test func `the effect of a pair is the pattern less the one without the pair at every source where it acts`() throws {
        let model = try Fixtures.tinyModel("plain"), layer = 0
        let tokens = Fixtures.randomTokens(6, model, seed: 4), i = 5, head = 1
        let autoencoder = randomAutoencoder(d_in: model.configuration.d_model, d_sae: 12, seed: 2)
        let look = try ResidualLook(model, layer: layer, autoencoder, tokens: tokens)
        let rows = (0...i).map { look.decomposition(head: head, destination: i, source: $0) }
        for source in 0...i {
            for pair in rows[source].pairs.prefix(10) {
                let scores = rows.map { row in
                    row.score - (row.pairs.first { $0.query == pair.query && $0.key == pair.key }?.contribution ?? 0)
                }
                let top = scores.max() ?? 0, weights = scores.map { exponential($0 - top) }
                let without = weights[source] / weights.reduce(0, +)
                let A = Double(look.pattern.values[(head * look.T + i) * look.T + source])
                let found = look.effect(of: pair, head: head, destination: i, source: source)
                // The pattern is the model's own, in single precision.
                #expect(abs(found - (A - without)) < 1e-5, "\(found), \(A - without)")
            }
        }
    }
}

private func exponential(_ x: Double) -> Double { Foundation.exp(x) }
