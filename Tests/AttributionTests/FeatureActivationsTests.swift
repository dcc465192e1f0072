import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing
import Tokenizer

@Suite struct FeatureActivationsTests {
    /// 19 contexts: more than go through the model at once.
    @Test func `what features fire on is what a plain loop finds`() throws {
        let model = try Fixtures.demoModel(), layer = 1, T = 24, count = 19, limit = 7
        let tokens = try Fixtures.demoContexts(count, T: T).tokens()
        let batch = TokenBatch(tokens, B: count, T: T), sample = try patternBatch(model, layer: layer, batch)
        let side = freshDictionary(model, d_sae: 24, sample, seed: 8).key, F = side.shape.d_sae, D = side.shape.d_model
        let asked = [17, 3, 11]
        let found = try FeatureActivations.collect(
            asked, of: side, model, layer: layer, tokens: tokens, T: T, limit: limit)
        #expect(found.map(\.feature) == asked)
        for feature in found {
            let activations = (0..<count * T).map { row in
                (0..<D).reduce(Double(side.b_enc[feature.feature])) {
                    $0 + Double(sample.x[row * D + $1] - side.b_in[$1]) * Double(side.W_enc[$1 * F + feature.feature])
                }
            }
            // Only a pre-activation within rounding of 0 could be counted differently.
            #expect(activations.allSatisfy { abs($0) > 1e-5 })
            let active = activations.indices.filter { activations[$0] > 0 }
            #expect(!active.isEmpty && active.count < activations.count)
            #expect(feature.tokens == count * T && feature.active == active.count)
            #expect(feature.density == Double(active.count) / Double(count * T))
            let mean = active.reduce(0) { $0 + activations[$1] } / Double(active.count)
            #expect(abs(feature.meanActivation - mean) < 1e-5 * mean)
            var byToken: [Int32: Int] = [:]
            for row in active { byToken[tokens[row], default: 0] += 1 }
            #expect(feature.countByToken == byToken)
            expectStrongest(feature, activations, T, limit: min(limit, active.count))
        }
    }

    /// The same tokens may stand in two contexts, so places are compared by their activations, and each against its own.
    private func expectStrongest(_ feature: FeatureActivations, _ activations: [Double], _ T: Int, limit: Int) {
        let strongest = activations.sorted(by: >).prefix(limit)
        #expect(feature.strongest.count == limit)
        for (place, expected) in zip(feature.strongest, strongest) {
            #expect(abs(Double(place.activation) - expected) < 1e-5 * expected)
            #expect(abs(Double(place.activation) - activations[place.context * T + place.position]) < 1e-5 * expected)
        }
        let places = Set(feature.strongest.map { $0.context * T + $0.position })
        #expect(places.count == limit, "no place twice")
        #expect(zip(feature.strongest, feature.strongest.dropFirst()).allSatisfy { $0.activation >= $1.activation })
    }
}
