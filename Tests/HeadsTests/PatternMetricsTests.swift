import Checkpoints
import GPT2
import Heads
import Tensors
import Testing

/// The metrics of patterns beside NumPy's, and on texts made to have known ones.
@Suite struct PatternMetricsTests {
    @Test(arguments: Fixtures.names)
    func `metrics are those of the patterns themselves`(name: String) throws {
        let model = try Fixtures.model(name), expected = try Fixtures.expected(name)
        let tokens = try Fixtures.tokens(expected, "metrics.tokens"), T = try expected.tensor("metrics.tokens").shape[1]
        var together = PatternMetrics(model.configuration), apart = PatternMetrics(model.configuration)
        try together.add(model, TokenBatch(tokens, B: 2, T: T))
        for context in 0..<2 { try apart.add(model, TokenBatch(Array(tokens[context * T..<(context + 1) * T]))) }
        #expect(together.contexts == 2 && together.tokens == 2 * T && apart.contexts == 2)
        let wanted = try expected.tensor("metrics").values
        for found in [together, apart] {
            for (head, metrics) in found.heads.enumerated() {
                let numbers = [
                    metrics.selfAttention, metrics.previousToken, metrics.entropy, metrics.distanceMean,
                    metrics.distanceVariance, metrics.induction ?? -1, metrics.duplicateToken ?? -1, metrics.sink,
                    metrics.sinkRate,
                ].map { Float($0) }
                for (index, number) in numbers.enumerated() {
                    let right = wanted[head * 9 + index]
                    // Distances reach 83 tokens and their squares 7000: single precision of a pattern shows in the fifth digit.
                    #expect(abs(number - right) <= 2e-4 * max(1, abs(right)), "\(name) head \(head) metric \(index)")
                }
            }
        }
    }

    @Test func `without repetitions there is neither induction nor a duplicate, and before any text all is zero`() throws {
        let model = try Fixtures.model("odd_head")
        var metrics = PatternMetrics(model.configuration)
        #expect(metrics.heads.allSatisfy { $0 == HeadMetrics() } && metrics.sinkRate == 0)
        try metrics.add(model, TokenBatch([3, 0, 1, 2, 4]))
        #expect(metrics.heads.allSatisfy { $0.induction == nil && $0.duplicateToken == nil })
        // The only token before is the one right before, so what followed it is the token itself.
        var twice = PatternMetrics(model.configuration)
        try twice.add(model, TokenBatch([3, 5, 5]))
        #expect(twice.heads.allSatisfy { $0.induction == nil && $0.duplicateToken != nil })
    }

    @Test func `one token looks at itself and nowhere else`() throws {
        let model = try Fixtures.model("odd_head")
        var metrics = PatternMetrics(model.configuration)
        try metrics.add(model, TokenBatch([3]))
        for head in metrics.heads {
            #expect(head.selfAttention == 1 && head.entropy == 0 && head.distanceMean == 0 && head.previousToken == 0)
            #expect(head.sink == 1 && head.sinkRate == 1)
        }
        #expect(metrics.sinkRate == 1)
    }

    @Test func `repeated tokens are repeated, different, and without BOS`() {
        for (T, d_vocab, bos) in [(20, 50, Int32?(7)), (21, 50, nil), (100, 9, 0), (3, 2, 1)] {
            var generator = RandomGenerator(seed: 5)
            let contexts = RepeatedTokens.contexts(4, T: T, d_vocab: d_vocab, bos: bos, &generator)
            #expect(contexts.count == 4 && Set(contexts).count == (d_vocab == 2 ? 1 : 4))
            for context in contexts {
                let body = Array(context.dropFirst(bos == nil ? 0 : 1)), half = body.count / 2
                #expect(context.count <= T && (bos == nil || context.first == bos))
                #expect(half >= 1 && Array(body[..<half]) == Array(body[half...]) && Set(body).count == half)
                #expect(body.allSatisfy { $0 != bos && $0 >= 0 && Int($0) < d_vocab })
                #expect(half == min((T - (bos == nil ? 0 : 1)) / 2, d_vocab - (bos == nil ? 0 : 1)))
            }
        }
    }
}
