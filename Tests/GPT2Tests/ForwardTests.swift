import Checkpoints
import GPT2
import Tensors
import Testing

@Suite("Forward pass")
struct ForwardTests {
    @Test("every activation of every variant equals Hugging Face's", arguments: Fixtures.models)
    func everyActivation(name: String) throws {
        let model = try Fixtures.model(name)
        let expected = try Fixtures.expected(name)
        let batch = try Fixtures.batch(expected)
        var names: Set<ActivationName> = []
        for entry in expected.header.tensors where entry.name != "tokens" && !entry.name.hasPrefix("folded.") {
            names.insert(try ActivationName(parsing: entry.name))
        }
        let found = try model.forward(batch, capture: names)
        #expect(names.count == 6 + 20 * model.configuration.n_layers)
        for name in names { expectClose(found[name], try expected.tensor("\(name)"), "\(name)") }
    }
}
