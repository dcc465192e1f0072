import Checkpoints
import Testing

@Suite("Safetensors header")
struct SafetensorsHeaderTests {
    @Test("an empty header over no data is accepted")
    func empty() throws {
        #expect(try SafetensorsHeader(parsing: Array("{}".utf8), dataBytes: 0).tensors.isEmpty)
    }
}
