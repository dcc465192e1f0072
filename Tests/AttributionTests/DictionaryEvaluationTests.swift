import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing
import Tokenizer

/// A dictionary that loses nothing: one feature for each direction of each coordinate of x, decoded by the model's own maps.
private func losslessDictionary(_ model: GPT2Model, layer: Int) throws -> TranscoderPair {
    let c = model.configuration, D = c.d_model, folded = try model.foldedQK(layer)
    func side(_ W: Tensor, _ b: Tensor) -> Transcoder {
        var side = Transcoder(zeros: TranscoderShape(d_model: D, d_sae: 2 * D, n_heads: c.n_heads, d_head: c.d_head))
        for d in 0..<D {
            side.W_enc[d * 2 * D + d] = 1
            side.W_enc[d * 2 * D + D + d] = -1
        }
        side.W_dec = W.values + W.values.map { -$0 }
        side.b_out = b.values
        return side
    }
    return TranscoderPair(query: side(folded.W_Q, folded.b_Q), key: side(folded.W_K, folded.b_K))
}

/// Scores of reconstructed queries and keys, the plain way: [B, H, T, T].
private func naiveScores(_ pair: TranscoderPair, _ sample: PatternBatch) -> [Float] {
    let (B, T, H, K) = (sample.sequences, sample.length, pair.query.shape.n_heads, pair.query.shape.d_head)
    let q = pair.query.decode(pair.query.encode(sample.x.span)), k = pair.key.decode(pair.key.encode(sample.x.span))
    var scores = [Float](repeating: 0, count: B * H * T * T)
    for b in 0..<B {
        for head in 0..<H {
            for i in 0..<T {
                for j in 0...i {
                    let product = (0..<K).reduce(0.0) {
                        $0 + Double(q[((b * T + i) * H + head) * K + $1]) * Double(k[((b * T + j) * H + head) * K + $1])
                    }
                    scores[((b * H + head) * T + i) * T + j] = sample.attn_scale * Float(product)
                }
            }
        }
    }
    return scores
}

@Suite struct DictionaryEvaluationTests {
    /// What the table of the reference trainer gives for the first 64 contexts of the corpus, to four places.
    private static let reference: (CE: Double, zeroed: [Int: Double]) = (1.0547, [0: 3.8188, 3: 1.0507])

    private func dictionary(_ model: GPT2Model, layer: Int, _ batch: TokenBatch) throws -> TranscoderPair {
        freshDictionary(model, d_sae: 12, try patternBatch(model, layer: layer, batch), seed: 6)
    }

    @Test(arguments: [0, 3])
    func `the losses with and without the pattern are the reference's`(_ layer: Int) throws {
        let model = try Fixtures.demoModel(), T = model.configuration.n_ctx, contexts = try Fixtures.demoContexts(64, T: T)
        let pair = try dictionary(model, layer: layer, TokenBatch(contexts.batch(0..<2), B: 2, T: T))
        let found = try DictionaryEvaluation(model, layer: layer, pair, map: nil, contexts: contexts.tokens(), T: T)
        let (CE, CE_zero) = (try #require(found.CE), try #require(found.CE_zero))
        let expected = try #require(Self.reference.zeroed[layer])
        #expect(found.tokens == 64 * T && abs(CE - Self.reference.CE) < 5e-4, "CE \(CE)")
        #expect(abs(CE_zero - expected) < 5e-4, "CE with the pattern zeroed \(CE_zero)")
        let share = try #require(found.recovered(found.stages[0]))
        #expect(abs(share.denominator - (CE_zero - CE)) < 1e-12)
        // At layer 3 zeroing the pattern does not hurt, so there is nothing to recover a share of.
        #expect((share.value == nil) == (layer == 3), "\(share)")
    }

    @Test func `a dictionary that loses nothing changes nothing`() throws {
        let model = try Fixtures.demoModel(), T = 40, contexts = try Fixtures.demoContexts(3, T: T)
        for layer in [0, 2] {
            let pair = try losslessDictionary(model, layer: layer)
            let found = try DictionaryEvaluation(model, layer: layer, pair, map: nil, contexts: contexts.tokens(), T: T)
            for stage in found.stages {
                // The scores differ by single precision's rounding only.
                #expect(abs(stage.logits.KL_logits) < 1e-6, "\(stage.stage): \(stage.logits.KL_logits)")
                #expect(abs(try #require(stage.logits.CE) - (try #require(found.CE))) < 1e-5)
                #expect(stage.patterns.kl.allSatisfy { abs($0) < 1e-6 } && stage.patterns.unexplained.allSatisfy { $0 < 1e-6 })
            }
            #expect(found.L0_query == Double(model.configuration.d_model), "one direction of each coordinate is active")
        }
    }

    @Test func `substituting no head changes nothing at all`() throws {
        let model = try Fixtures.demoModel(), T = 24, contexts = try Fixtures.demoContexts(2, T: T)
        let pair = try dictionary(model, layer: 1, TokenBatch(contexts.tokens(), B: 2, T: T))
        let found = try DictionaryEvaluation(model, layer: 1, pair, map: nil, contexts: contexts.tokens(), T: T, heads: [])
        #expect(found.CE_zero == found.CE && found.zero.KL_logits == 0)
        #expect(found.stages.allSatisfy { $0.logits.KL_logits == 0 && $0.logits.CE == found.CE })
    }

    /// Ten contexts: more than go through the model at once.
    ///
    /// Scores put into another head would show, as each head has its own.
    @Test(arguments: [[0, 1, 2, 3], [2], [0, 3]])
    func `only the heads asked for are substituted, by what a plain loop computes`(_ heads: [Int]) throws {
        let model = try Fixtures.demoModel(), layer = 1, B = 10, T = 20, H = model.configuration.n_heads
        let contexts = try Fixtures.demoContexts(B, T: T), batch = try TokenBatch(contexts.tokens(), B: B, T: T)
        let pair = try dictionary(model, layer: layer, batch), sample = try patternBatch(model, layer: layer, batch)
        let found = try DictionaryEvaluation(
            model, layer: layer, pair, map: nil, contexts: contexts.tokens(), T: T, heads: heads)

        let logits = ActivationName(.logits), scores = naiveScores(pair, sample)
        func run(_ site: ActivationName.Site, _ values: [Float]) throws -> Tensor {
            try model.forward(
                batch, capture: [logits],
                edits: [
                    ActivationName(site, layer): { span in
                        for b in 0..<B {
                            for head in heads {
                                let start = (b * H + head) * T * T
                                for index in start..<start + T * T { span[index] = values[index] }
                            }
                        }
                    }
                ])[logits]
        }
        let own = try model.forward(batch, capture: [logits])[logits]
        let changed = NaiveComparison(batch, own: own, changed: try run(.attn_scores, scores))
        let zeroed = NaiveComparison(batch, own: own, changed: try run(.pattern, [Float](repeating: 0, count: scores.count)))
        #expect(changed.KL_logits > 1e-3, "the substitution must show")
        #expect(abs(try #require(found.CE) - changed.CE_model) < 1e-5)
        #expect(abs(try #require(found.CE_zero) - zeroed.CE) < 1e-5)
        #expect(abs(found.zero.KL_logits - zeroed.KL_logits) < 1e-5 * max(1, zeroed.KL_logits))
        for stage in found.stages {
            #expect(abs(try #require(stage.logits.CE) - changed.CE) < 1e-4, "\(stage.stage)")
            #expect(abs(stage.logits.KL_logits - changed.KL_logits) < 1e-4, "\(stage.stage)")
        }
        let query = pair.query.encode(sample.x.span), key = pair.key.encode(sample.x.span)
        #expect(found.heads == heads && found.tokens == B * T)
        #expect(found.L0_query == Double(query.count) / Double(B * T) && found.L0_key == Double(key.count) / Double(B * T))
        #expect(found.liveQuery == Set(query.indices).count && found.liveKey == Set(key.indices).count)
    }

    @Test func `the stage of a map that masks everything has uniform patterns up to the bias, and is left out without a map`()
        throws
    {
        let model = try Fixtures.demoModel(), layer = 1, T = 20, contexts = try Fixtures.demoContexts(2, T: T)
        let batch = try TokenBatch(contexts.tokens(), B: 2, T: T)
        var pair = try dictionary(model, layer: layer, batch)
        for index in pair.query.b_out.indices { pair.query.b_out[index] = 0 }
        let map = FeatureMap(pair, entries: [], attn_scale: model.configuration.attn_scale(layer))
        let found = try DictionaryEvaluation(model, layer: layer, pair, map: map, contexts: contexts.tokens(), T: T)
        #expect(found.stages.map(\.stage) == [.transcoders, .map, .masked_map])
        let uniform = try model.loss(
            batch,
            edits: [
                ActivationName(.attn_scores, layer): { span in
                    for index in 0..<span.count { span[index] = 0 }
                }
            ])
        let mean = uniform.values.reduce(0) { $0 + Double($1) } / Double(uniform.count)
        #expect(abs(try #require(found.stages[2].logits.CE) - mean) < 1e-5)
        #expect(
            try DictionaryEvaluation(model, layer: layer, pair, map: nil, contexts: contexts.tokens(), T: T).stages.count == 2)
    }

    @Test func `a cancelled evaluation ends`() throws {
        let model = try Fixtures.demoModel(), contexts = try Fixtures.demoContexts(2, T: 16)
        let pair = try dictionary(model, layer: 0, TokenBatch(contexts.tokens(), B: 2, T: 16))
        #expect(throws: DictionaryEvaluation.Cancelled.self) {
            _ = try DictionaryEvaluation(
                model, layer: 0, pair, map: nil, contexts: contexts.tokens(), T: 16, isCancelled: { true })
        }
    }
}
