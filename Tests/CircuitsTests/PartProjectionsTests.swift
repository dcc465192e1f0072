import Checkpoints
import Circuits
import GPT2
import Tensors
import Testing

@Suite struct PartProjectionsTests {
    @Test(arguments: Fixtures.tinyModels + ["demo-4l"])
    func `the parts of the stream sum to the stream, in any direction and with any weights`(name: String) throws {
        let model = name == "demo-4l" ? try Fixtures.demoModel() : try Fixtures.tinyModel(name), c = model.configuration
        var generator = RandomGenerator(seed: 71)
        let T = min(9, c.n_ctx), D = c.d_model
        let tokens = (0..<T).map { _ in Int32(generator.next() % UInt64(c.d_vocab)) }
        let pass = try PromptPass(model, tokens: tokens)
        let stream = try model.forward(
            TokenBatch(tokens), capture: Set((0..<c.n_layers).flatMap { [.init(.resid_pre, $0), .init(.resid_post, $0)] }))
        for layer in 0...c.n_layers {
            let directions = (0..<3 * D).map { _ in Float(generator.normal()) }
            let products = try PartProjections(pass, before: layer, directions: directions)
            let r = layer < c.n_layers ? stream[.resid_pre, layer].values : stream[.resid_post, layer - 1].values
            for direction in 0..<3 {
                let weights =
                    direction == 0 ? (0..<T).map { Float($0 == 4 ? 1 : 0) } : (0..<T).map { _ in Float(generator.normal()) }
                let parts = products.contributions(direction: direction, weights: weights)
                var expected = 0.0, scale = 0.0
                for j in 0..<T {
                    for d in 0..<D {
                        let term = Double(weights[j] * r[j * D + d]) * Double(directions[direction * D + d])
                        expected += term
                        scale += abs(term)
                    }
                }
                // Single precision: of all that is summed.
                let found = parts.reduce(0) { $0 + $1.value }
                #expect(abs(found - expected) < 1e-5 * scale, "layer \(layer): \(found), not \(expected)")
                #expect(Set(parts.map(\.part)).count == parts.count)
                // A part by itself, token by token, contributes as much.
                for part in parts.map(\.part) where part != .offset {
                    let row = products.row(part, direction: direction)
                    let sum = zip(row, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                    let own = try #require(parts.first { $0.part == part })
                    #expect(abs(sum - own.value) < 1e-5 * scale, "\(part)")
                }
            }
        }
    }
}
