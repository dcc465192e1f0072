import Checkpoints
import Foundation
import GPT2
import Tensors
import Testing

/// A copy of a fixture model whose files a test may break; it goes when the test does.
final class ModelCopy {
    let directory: String

    init(of name: String) throws {
        directory = NSTemporaryDirectory() + "/gpt2-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for file in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(atPath: "\(Fixtures.directory)/\(name)/\(file)", toPath: "\(directory)/\(file)")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var weightsPath: String { directory + "/model.safetensors" }

    /// Rewrites the weights through `change`.
    func rewrite(_ change: (inout [(name: String, tensor: Tensor)]) -> Void) throws {
        var tensors: [(name: String, tensor: Tensor)] = []
        do {
            let file = try SafetensorsFile(weightsPath)
            for entry in file.header.tensors { tensors.append((entry.name, try file.tensor(entry.name))) }
        }
        change(&tensors)
        try SafetensorsWriter.write(tensors, to: weightsPath)
    }

    /// What loading throws; nil if it loads.
    func error() -> GPT2LoadError? {
        do {
            _ = try GPT2Model(directory: directory)
            return nil
        } catch {
            return error
        }
    }
}

@Suite("Loading")
struct LoadingTests {
    private static let c_fc = "transformer.h.1.mlp.c_fc.weight"

    @Test("a missing, an additional and a misshapen tensor are refused by name and shapes")
    func tensors() throws {
        let copy = try ModelCopy(of: "plain")
        let path = copy.weightsPath
        #expect(copy.error() == nil)
        try copy.rewrite { tensors in tensors = tensors.map { ($0.name == Self.c_fc ? Self.c_fc + "s" : $0.name, $0.tensor) } }
        #expect(copy.error() == .unexpected(tensor: Self.c_fc + "s", shape: [12, 48], path: path))
        try copy.rewrite { tensors in tensors.removeAll { $0.name == Self.c_fc + "s" } }
        #expect(copy.error() == .missing(tensor: Self.c_fc, expected: [12, 48], path: path))
        try copy.rewrite { $0.append((Self.c_fc, Tensor([48, 12]))) }
        #expect(copy.error() == .shape(tensor: Self.c_fc, found: [48, 12], expected: [12, 48], path: path))
    }

    @Test("a weight that is not finite is refused with its place", arguments: [Float.nan, .infinity, -.infinity])
    func notFinite(value: Float) throws {
        let copy = try ModelCopy(of: "plain")
        try copy.rewrite { tensors in
            for i in tensors.indices where tensors[i].name == Self.c_fc { tensors[i].tensor.values[77] = value }
        }
        #expect(copy.error() == .notFinite(tensor: Self.c_fc, index: 77, value: "\(value)", path: copy.weightsPath))
    }

    @Test("a tied model may hold its unembedding, if it is the embedding")
    func tied() throws {
        let copy = try ModelCopy(of: "plain")
        try copy.rewrite { tensors in
            guard let embedding = tensors.first(where: { $0.name == "transformer.wte.weight" }) else { return }
            tensors.append(("lm_head.weight", embedding.tensor))
        }
        #expect(copy.error() == nil)
        try copy.rewrite { tensors in
            for i in tensors.indices where tensors[i].name == "lm_head.weight" { tensors[i].tensor.values[0] += 1 }
        }
        #expect(copy.error() == .tieContradicted(tensor: "lm_head.weight", path: copy.weightsPath))
    }

    @Test("an untied model must hold its unembedding")
    func untied() throws {
        let copy = try ModelCopy(of: "relu_untied")
        try copy.rewrite { tensors in tensors.removeAll { $0.name == "lm_head.weight" } }
        #expect(copy.error() == .missing(tensor: "lm_head.weight", expected: [19, 16], path: copy.weightsPath))
    }

    @Test("a configuration of more layers than the file is refused by the first tensor that is missing")
    func layers() throws {
        let copy = try ModelCopy(of: "plain")
        let path = copy.directory + "/config.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "\"n_layer\": 2", with: "\"n_layer\": 3").write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(copy.error() == .missing(tensor: "transformer.h.2.ln_1.weight", expected: [12], path: copy.weightsPath))
        try text.replacingOccurrences(of: "\"n_layer\": 2", with: "\"n_layer\": 1").write(
            toFile: path, atomically: true, encoding: .utf8)
        guard case .unexpected = copy.error() else {
            Issue.record("a second layer's tensors were not refused: \(String(describing: copy.error()))")
            return
        }
    }

    @Test("shards, broken files and absent ones are refused by name")
    func files() throws {
        let copy = try ModelCopy(of: "plain")
        let bytes = try #require(FileManager.default.contents(atPath: copy.weightsPath))
        try bytes.dropLast().write(to: URL(fileURLWithPath: copy.weightsPath))
        guard case .checkpoint = copy.error() else {
            Issue.record("a file without its last byte was not refused")
            return
        }
        try FileManager.default.removeItem(atPath: copy.weightsPath)
        #expect(copy.error()?.description.contains(copy.weightsPath) == true)
        let index = copy.weightsPath + ".index.json"
        try Data("{}".utf8).write(to: URL(fileURLWithPath: index))
        #expect(copy.error() == .sharded(index: index))
        try FileManager.default.removeItem(atPath: copy.directory + "/config.json")
        #expect(copy.error()?.description.contains("config.json") == true)
    }
}
