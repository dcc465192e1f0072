import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing
import Tokenizer

@Suite struct FeatureReadingsTests {
    /// 17 features: more than are handled at once.
    @Test(arguments: [true, false]) func `what features read and write is what a plain loop finds`(_ isQuerySide: Bool) throws {
        let model = try Fixtures.demoModel(), layer = 1, T = 24
        let tokens = try Fixtures.demoContexts(2, T: T).tokens()
        let sample = try patternBatch(model, layer: layer, TokenBatch(tokens, B: 2, T: T))
        let pair = freshDictionary(model, d_sae: 20, sample, seed: 5), side = isQuerySide ? pair.query : pair.key
        let asked = Array(0..<17).reversed().map { $0 }
        var places: [Int] = []
        let readings = FeatureReadings(model, layer: layer, side, isQuerySide: isQuerySide)
        try readings.forEach(asked) { feature in
            places.append(feature.feature)
            try expect(feature, of: side, model, layer: layer, otherFirst: isQuerySide ? 1 : 0)
        }
        #expect(places == asked)
    }

    private func expect(
        _ found: FeatureReadings.Feature, of side: Transcoder, _ model: GPT2Model, layer: Int, otherFirst: Int
    ) throws {
        let a = found.feature, D = side.shape.d_model, F = side.shape.d_sae, K = side.shape.d_head, block = try model.block(layer)
        let c = model.configuration, row = side.W_dec[a * side.shape.d_out..<(a + 1) * side.shape.d_out].map(Double.init)
        let norms = (0..<side.shape.n_heads).map { head in
            row[head * K..<(head + 1) * K].reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        #expect(zip(found.headNorms, norms).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        #expect(norms[found.head] == norms.max())
        var pre: [Double] = [], scores: [Double] = [], logits: [Double] = []
        let w = (0..<D).map { Double(side.W_enc[$0 * F + a]) }, wMean = w.reduce(0, +) / Double(D)
        #expect(abs(Double(found.encoderNorm) - w.reduce(0) { $0 + $1 * $1 }.squareRoot()) < 1e-5)
        for token in 0..<c.d_vocab {
            let e = (0..<D).map { Double(model.weights.W_E[token * D + $0]) }, mean = e.reduce(0, +) / Double(D)
            let variance = e.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(D)
            let x = e.map { ($0 - mean) / (variance + Double(c.layer_norm_epsilon)).squareRoot() }
            pre.append((0..<D).reduce(Double(side.b_enc[a])) { $0 + (x[$1] - Double(side.b_in[$1])) * w[$1] })
            let normalized = (0..<D).map { x[$0] * Double(block.ln1.gain[$0]) + Double(block.ln1.bias[$0]) }
            var score = 0.0
            for e in 0..<K {
                let column = otherFirst * D + found.head * K + e
                let other = (0..<D).reduce(Double(block.c_attn.bias[column])) {
                    $0 + normalized[$1] * Double(block.c_attn.weight[$1 * 3 * D + column])
                }
                score += row[found.head * K + e] * other
            }
            scores.append(score * Double(c.attn_scale(layer)))
            logits.append(
                (0..<D).reduce(0) {
                    $0 + (w[$1] - wMean) * Double(model.weights.ln_final.gain[$1])
                        * Double(model.weights.W_U_transposed[token * D + $1])
                })
        }
        let average = logits.reduce(0, +) / Double(logits.count)
        // Single precision over D products of magnitude 1.
        for (mine, expected) in [
            (found.preActivations, pre), (found.attractions, scores), (found.promotions, logits.map { $0 - average }),
        ] {
            let scale = expected.map { abs($0) }.max() ?? 1
            #expect(zip(mine, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 * max(1, scale) })
        }
    }
}
