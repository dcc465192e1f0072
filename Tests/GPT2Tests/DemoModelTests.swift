import Checkpoints
import GPT2
import Tensors
import Testing

/// The trained four-layer model that the daemon carries.
@Suite("demo-4l", .enabled(if: Fixtures.demoModel != nil, "the model's directory is not here"))
struct DemoModelTests {
    @Test("logits and activations equal Hugging Face's")
    func activations() throws {
        let model = try GPT2Model(directory: try #require(Fixtures.demoModel))
        let expected = try SafetensorsFile(Fixtures.directory + "/demo-4l.safetensors")
        let others: Set<String> = ["tokens", "contexts", "loss"]
        let names = try expected.header.tensors.map(\.name).filter { !others.contains($0) }.map {
            try ActivationName(parsing: $0)
        }
        #expect(names.count == 9)
        let found = try model.forward(Fixtures.batch(expected), capture: Set(names))
        for name in names { expectClose(found[name], try expected.tensor("\(name)"), "\(name)") }
    }

    @Test("the loss on its corpus equals Hugging Face's, token by token")
    func loss() throws {
        let model = try GPT2Model(directory: try #require(Fixtures.demoModel))
        let expected = try SafetensorsFile(Fixtures.directory + "/demo-4l.safetensors")
        let losses = try model.loss(Fixtures.batch(expected, "contexts"))
        expectClose(losses, try expected.tensor("loss"), "loss")
    }
}
