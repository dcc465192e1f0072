import Checkpoints
import Foundation
import GPT2
import Tensors
import Testing

@Suite("Loss")
struct LossTests {
    @Test("each token's loss is the negative log-softmax of its logits", arguments: Fixtures.models)
    func naive(name: String) throws {
        let model = try Fixtures.model(name)
        let batch = try Fixtures.batch(Fixtures.expected(name))
        let V = model.configuration.d_vocab
        let logits = try model.forward(batch, capture: [.init(.logits)])[.logits].values
        var expected: [Float] = []
        for row in 0..<batch.B * batch.T where row % batch.T < batch.T - 1 {
            let scores = logits[row * V..<(row + 1) * V].map(Double.init)
            expected.append(Float(log(scores.map(exp).reduce(0, +)) - scores[Int(batch.tokens[row + 1])]))
        }
        expectClose(try model.loss(batch), Tensor([batch.B, batch.T - 1], expected), "loss of \(name)")
    }

    @Test("a batch of more rows than one chunk gives what its sequences give alone")
    func chunks() throws {
        let model = try Fixtures.model("relu_untied")
        var generator = RandomGenerator(seed: 3)
        let rows = (0..<30).map { _ in (0..<11).map { _ in Int32(generator.next() % 19) } }
        let together = try model.loss(TokenBatch(rows: rows))
        let alone = try rows.flatMap { try model.loss(TokenBatch($0)).values }
        expectClose(together, Tensor([30, 10], alone), "losses of 330 rows")
    }

    @Test("an edit is seen, and one token has no loss")
    func edges() throws {
        let model = try Fixtures.model("plain")
        let batch = try Fixtures.batch(Fixtures.expected("plain"))
        let clean = try model.loss(batch)
        let edited = try model.loss(batch, edits: [.init(.pattern, 0): { span in for i in 0..<span.count { span[i] = 0 } }])
        #expect(zip(clean.values, edited.values).contains { abs($0 - $1) > 10 * tolerance })
        #expect(try model.loss(TokenBatch([4])).shape == [1, 0])
    }
}
