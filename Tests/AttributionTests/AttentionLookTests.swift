import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing
import Tokenizer

/// A layer's dictionary, untrained or briefly trained on the demo corpus.
private func demoDictionary(_ model: GPT2Model, layer: Int, trained: Bool) throws -> TranscoderPair {
    let T = 32, batchSize = 8, steps = 20
    let contexts = try Fixtures.demoContexts(batchSize * steps, T: T)
    func batch(_ number: Int) throws -> PatternBatch {
        let range = number * batchSize..<(number + 1) * batchSize
        return try patternBatch(model, layer: layer, TokenBatch(contexts.batch(range), B: batchSize, T: T))
    }
    var pair = freshDictionary(model, d_sae: 16, try batch(0), seed: 5)
    if trained { try train(&pair, TrainingSchedule(steps: steps, learningRate: 3e-3, lambda: 1e-2), batch: batch) }
    return pair
}

/// Checks one score's parts: their sum, and each group of them against the transcoders' own reconstruction.
private func expectIdentity(_ look: AttentionLook, _ pair: TranscoderPair, _ scale: Float, head: Int, _ i: Int, _ j: Int) {
    let parts = look.decomposition(head: head, destination: i, source: j)
    let pairs = parts.pairs.reduce(0) { $0 + $1.contribution }
    let sum = pairs + parts.blocks.dropFirst().reduce(0) { $0 + $1.value }
    let magnitude =
        parts.pairs.reduce(0) { $0 + abs($1.contribution) } + parts.blocks.dropFirst().reduce(0) { $0 + abs($1.value) }
    let score = Double(look.attn_scores.values[(head * look.T + i) * look.T + j])
    // Single precision of the model's own score; the parts are summed in double precision.
    let tolerance = 1e-4 * max(1, magnitude)
    #expect(abs(sum - score) <= tolerance, "head \(head), \(i) to \(j): parts \(sum), score \(score)")
    #expect(abs(parts.residual) <= tolerance && parts.score == score && abs(parts.magnitude - magnitude) <= 1e-9 * magnitude)

    let K = pair.query.shape.d_head
    func terms(_ side: Transcoder, _ rows: SparseRows, _ own: Tensor, _ token: Int) -> [[Double]] {
        let decoded = side.decode(rows)
        let place = { (c: Int) in (token * side.shape.n_heads + head) * K + c }
        let bias = (0..<K).map { Double(side.b_out[head * K + $0]) }
        return [
            (0..<K).map { Double(decoded[place($0)]) - bias[$0] }, bias,
            (0..<K).map { Double(own.values[place($0)]) - Double(decoded[place($0)]) },
        ]
    }
    let queries = terms(pair.query, look.query, look.q, i), keys = terms(pair.key, look.key, look.k, j)
    for (index, block) in parts.blocks.enumerated() {
        let value = Double(scale) * zip(queries[index / 3], keys[index % 3]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(block.value - value) <= tolerance, "\(block.query) × \(block.key): \(block.value) for \(value)")
    }
    #expect(abs(pairs - parts.blocks[0].value) <= tolerance)
    let byQuery = parts.queryFeatures.reduce(0) { $0 + $1.contribution }
    let byKey = parts.keyFeatures.reduce(0) { $0 + $1.contribution }
    #expect(abs(byQuery - parts.blocks[0...2].reduce(0) { $0 + $1.value }) <= tolerance)
    #expect(abs(byKey - [0, 3, 6].reduce(0) { $0 + parts.blocks[$1].value }) <= tolerance)
}

/// Checks every score of a prompt; returns how many there were.
private func expectIdentities(_ model: GPT2Model, _ pair: TranscoderPair, layer: Int, _ tokens: [Int32]) throws -> Int {
    let look = try AttentionLook(model, pair, layer: layer, tokens: tokens), scale = model.configuration.attn_scale(layer)
    var count = 0
    for head in 0..<model.configuration.n_heads {
        for i in 0..<look.T {
            for j in 0...i {
                expectIdentity(look, pair, scale, head: head, i, j)
                count += 1
            }
        }
    }
    return count
}

@Suite struct AttentionLookTests {
    @Test(arguments: [false, true])
    func `the parts of every score of twenty prompts sum to the model's own`(_ trained: Bool) throws {
        let model = try Fixtures.demoModel(), layer = 1
        let pair = try demoDictionary(model, layer: layer, trained: trained)
        var count = 0
        for prompt in try Fixtures.demoPrompts(20) { count += try expectIdentities(model, pair, layer: layer, prompt) }
        #expect(count > 5_000)
    }

    @Test(arguments: ["plain", "odd_head", "unscaled_bf16", "by_layer_f16", "one_head"])
    func `the parts sum to the score whatever the configuration scales it by`(_ name: String) throws {
        let model = try Fixtures.tinyModel(name), layer = model.configuration.n_layers - 1
        let tokens = Fixtures.randomTokens(min(9, model.configuration.n_ctx), model, seed: 3)
        let pair = freshDictionary(
            model, d_sae: 12, try patternBatch(model, layer: layer, TokenBatch(tokens)), seed: 4)
        #expect(try expectIdentities(model, pair, layer: layer, tokens) > 0)
    }
}
