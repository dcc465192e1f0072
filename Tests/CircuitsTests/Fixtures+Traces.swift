import Checkpoints
import Circuits
import Foundation
import GPT2
import JSON
import Tensors
import Tokenizer

extension Fixtures {
    /// What Tests/References/circuits/make_traces.py found.
    static func traces() throws -> SafetensorsFile {
        try SafetensorsFile(URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/traces.safetensors")
    }

    /// Decompositions as they are asked for, each made once.
    final class Decompositions {
        private let model: GPT2Model
        private var known: [String: LayerDecompositions] = [:]

        init(_ model: GPT2Model) { self.model = model }

        func layer(_ layer: Int, _ form: QKForm) throws -> LayerDecompositions {
            let key = "\(form.rawValue).\(layer)"
            if let found = known[key] { return found }
            let made = try LayerDecompositions(model, layer: layer, form: form)
            known[key] = made
            return made
        }
    }

    /// Prompts of the trained model in which one person acts: tokens after BOS, and where that person's name stands last.
    static func demoActs(_ count: Int) throws -> [(tokens: [Int32], S2: Int)] {
        let tokenizer = try Tokenizer(directory: demoDirectory)
        let lines = try String(contentsOfFile: demoDirectory + "/indirect_object.jsonl", encoding: .utf8).split(separator: "\n")
        var found: [(tokens: [Int32], S2: Int)] = []
        for line in lines {
            let json = try JSON(parsing: Array(line.utf8))
            guard let prompt = json["prompt"]?.string, let acting = json["acting"]?.array?.compactMap(\.string),
                acting.count == 1,
                let bos = tokenizer.bos, let name = tokenizer.encode(acting[0]).first
            else { continue }
            let tokens = [bos] + tokenizer.encode(prompt)
            if let place = tokens.lastIndex(of: name) { found.append((tokens, place)) }
            if found.count == count { break }
        }
        return found
    }
}
