import Checkpoints
import GPT2
import Tensors
import Testing

/// Token by token, the model computes what it computes at once.
@Suite struct DecoderTests {
    @Test(arguments: Fixtures.models)
    func `logits and patterns are those of a whole pass`(name: String) throws {
        let model = try Fixtures.model(name), c = model.configuration
        let tokens: [Int32] = [3, 1, 0, 7, 7, 18, 2], T = tokens.count
        let names = (0..<c.n_layers).map { ActivationName(.pattern, $0) }
        let whole = try model.forward(TokenBatch(tokens), capture: Set(names + [.init(.logits)]))
        for begun in [0, 1, 4] {
            var decoder = try Decoder(model, Array(tokens[..<begun]))
            for position in begun..<T {
                var patterns: [[Float]] = []
                let logits = try decoder.append(tokens[position]) { layer, pattern in
                    #expect(layer == patterns.count)
                    patterns.append(pattern)
                }
                let wanted = Array(whole[.logits].values[position * c.d_vocab..<(position + 1) * c.d_vocab])
                expectClose(Tensor([c.d_vocab], logits), Tensor([c.d_vocab], wanted), "\(name) logits at \(position)")
                for layer in 0..<c.n_layers {
                    let rows = (0..<c.n_heads).flatMap { head in
                        let row = (head * T + position) * T
                        return whole[.pattern, layer].values[row...row + position]
                    }
                    expectClose(
                        Tensor([rows.count], patterns[layer]), Tensor([rows.count], rows), "\(name) pattern of \(layer)")
                }
            }
            #expect(decoder.tokens == tokens)
        }
    }

    @Test func `what cannot be appended changes nothing`() throws {
        let model = try Fixtures.model("plain")
        var decoder = try Decoder(model, Array(repeating: 1, count: 10))
        #expect(throws: GPT2Error.tokenOutOfRange(token: 19, row: 0, position: 10, d_vocab: 19)) { _ = try decoder.append(19) }
        #expect(throws: GPT2Error.tokenOutOfRange(token: -1, row: 0, position: 10, d_vocab: 19)) { _ = try decoder.append(-1) }
        #expect(decoder.tokens.count == 10)
        _ = try decoder.append(2)
        #expect(throws: GPT2Error.contextTooLong(T: 12, n_ctx: 11)) { _ = try decoder.append(2) }
        #expect(decoder.tokens.count == 11)
    }
}
