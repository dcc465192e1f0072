import Attribution
import Checkpoints
import Circuits
import Foundation
import GPT2
import JSON
import Tensors
import Tokenizer

/// The models that the tests look into, and what NumPy makes of them.
enum Fixtures {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The trained model that the daemon carries.
    static let demoDirectory = root + "/Sources/Daemon/Models/demo-4l"

    static func demoModel() throws -> GPT2Model { try GPT2Model(directory: demoDirectory) }

    /// The tiny random models: odd sizes, one head, unscaled scores, scores scaled by layer, half precision.
    static let tinyModels = ["plain", "odd_head", "unscaled_bf16", "by_layer_f16", "one_head", "old_buffers"]

    static func tinyModel(_ name: String) throws -> GPT2Model { try GPT2Model(directory: tinyDirectory(name)) }

    static func tinyDirectory(_ name: String) -> String { root + "/Tests/GPT2Tests/Fixtures/" + name }

    /// [T] the tokens of one of the sequences that a tiny model's expectation was computed of.
    static func tinyTokens(_ name: String, sequence: Int) throws -> [Int32] {
        let tokens = try SafetensorsFile(tinyDirectory(name) + "/expected.safetensors").tensor("tokens"), T = tokens.shape[1]
        return tokens.values[sequence * T..<(sequence + 1) * T].map { Int32($0) }
    }

    /// What Tests/References/circuits/make_decompositions.py found.
    static func decompositions() throws -> SafetensorsFile {
        try SafetensorsFile(root + "/Tests/CircuitsTests/Fixtures/decompositions.safetensors")
    }

    /// What Tests/References/circuits/make_agreement.py found.
    static func agreement() throws -> SafetensorsFile {
        try SafetensorsFile(root + "/Tests/CircuitsTests/Fixtures/agreement.safetensors")
    }

    /// The first indirect-object prompts of the trained model, each after BOS.
    static func demoPrompts(_ count: Int) throws -> [[Int32]] {
        let tokenizer = try Tokenizer(directory: demoDirectory)
        let lines = try String(contentsOfFile: demoDirectory + "/indirect_object.jsonl", encoding: .utf8).split(separator: "\n")
        return try lines.prefix(count).map { line in
            guard case .string(let prompt)? = try JSON(parsing: Array(line.utf8)).object?["prompt"], let bos = tokenizer.bos
            else {
                throw Malformed(line: String(line))
            }
            return [bos] + tokenizer.encode(prompt)
        }
    }

    /// A line of the prompts that holds none.
    private struct Malformed: Error { let line: String }
}

/// The greatest distance between two lists, and the greatest magnitude of the second.
func deviation(_ found: some Sequence<Double>, _ expected: some Sequence<Double>) -> (worst: Double, largest: Double) {
    let found = Array(found), expected = Array(expected)
    guard found.count == expected.count else { return (.infinity, 0) }
    return (zip(found, expected).map { abs($0 - $1) }.max() ?? 0, expected.map(abs).max() ?? 0)
}
