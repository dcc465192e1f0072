import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("Safetensors writer")
struct SafetensorsWriterTests {
    @Test("what is written is read back, with odd names, shapes, values and metadata")
    func roundTrip() throws {
        var generator = RandomGenerator(seed: 7)
        let tensors: [(name: String, tensor: Tensor)] = [
            ("W_enc", Tensor([3, 5], (0..<15).map { _ in Float(generator.normal()) })),
            ("a \"quoted\\name\"\n\u{0}\u{1F600}", Tensor([], [-0.0])),
            ("empty", Tensor([0, 4], [])),
            ("extremes", Tensor([4], [.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.pi])),
        ]
        let metadata = ["format": "qklens", "note": "\"\\\u{7}é"]
        let directory = try TemporaryDirectory()
        let path = directory.path + "/out.safetensors"
        try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
        let file = try SafetensorsFile(path)
        #expect(file.header.metadata == metadata)
        #expect(file.header.tensors.map(\.name).sorted() == tensors.map(\.name).sorted())
        for (name, tensor) in tensors { #expect(try file.tensor(name) == tensor) }
        #expect(try directory.names() == ["out.safetensors"])
    }

    @Test("the data begins at a multiple of 64 bytes, and the same tensors give the same bytes")
    func prefix() {
        for length in 0..<70 {
            let name = String(repeating: "x", count: length)
            let prefix = SafetensorsWriter.prefix([(name, [2])], metadata: ["b": "2", "a": "1"])
            #expect(prefix.count % 64 == 0)
            #expect(prefix == SafetensorsWriter.prefix([(name, [2])], metadata: ["a": "1", "b": "2"]))
        }
    }

    @Test("an existing file is replaced, and one that cannot be is left as it was")
    func replacement() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("out", [1, 2, 3])
        try SafetensorsWriter.write([("a", Tensor([1], [5]))], to: path)
        #expect(try SafetensorsFile(path).tensor("a").values == [5])
        #expect(throws: FileError.self) { try SafetensorsWriter.write([], to: directory.path + "/absent/out") }
        // A directory cannot be replaced by a file: the rename fails, and the temporary file goes.
        let occupied = directory.path + "/occupied"
        try FileManager.default.createDirectory(atPath: occupied, withIntermediateDirectories: false)
        #expect(throws: FileError.self) { try SafetensorsWriter.write([("a", Tensor([1], [5]))], to: occupied) }
        #expect(try directory.names() == ["occupied", "out"])
    }

    @Test func `the same bytes are read from a file and from sealed memory`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/out.safetensors"
        let tensors = [(name: "a", tensor: Tensor([2, 2], [1, .nan, -.infinity, 4])), (name: "b", tensor: Tensor([1], [5]))]
        try SafetensorsWriter.write(tensors, to: path)
        var memory = try SealedMemory("test")
        try SafetensorsWriter.write(tensors, into: &memory)
        let count = memory.count
        #expect(try ReadableFile(path).size == count)
        let file = try SafetensorsFile(owning: try memory.seal(), named: "memory")
        #expect(try file.tensor("a").shape == [2, 2] && file.tensor("b").values == [5])
        #expect(try file.tensor("a").values.map(\.bitPattern) == tensors[0].tensor.values.map(\.bitPattern))
        #expect(file.path == "memory")
    }
}
