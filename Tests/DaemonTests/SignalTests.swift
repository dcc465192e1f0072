import API
import Checkpoints
import Foundation
import JSON
import JSONRPC
import Tensors
import Testing

/// Heads' maps and looks as singular vectors, asked of a daemon.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SignalTests {
    private static let text: JSON = "When John and Mary went to the store, John gave a drink to"

    @Test func `decompositions are made once, kept in the store, and go with their model`() throws {
        let daemon = try LiveDaemon()
        let made = try daemon.call(SignalsDecompose.self, ["layers": [1], "form": "augmented"])
        #expect(made.heads.count == 4 && made.heads.allSatisfy { $0.layer == 1 && $0.s.count == 32 && $0.U == nil })
        for head in made.heads {
            #expect(zip(head.s, head.s.dropFirst()).allSatisfy { $0 >= $1 })
            #expect(head.reconstruction_error <= 1e-5 * head.largest)
            let norm = head.s.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(norm - head.frobenius) <= 1e-4 * norm)
        }
        let vectors = try daemon.call(
            SignalsDecompose.self, ["layers": [1], "heads": [2], "form": "augmented", "include_vectors": true])
        let U = try #require(vectors.heads.first?.U), width = U[0].count
        #expect(U.count == 32 && vectors.heads.first?.s == made.heads[2].s)
        let cosine = (0..<width).reduce(Float(0)) { $0 + U[0][$1] * U[1][$1] }
        #expect(abs(cosine) <= 1e-5)

        let stored = { try daemon.call(StoreStats.self).records["tensors"] ?? 0 }
        let before = try stored()
        #expect(before == 2, "a header and a chunk, not \(before)")
        _ = try daemon.call(SignalsDecompose.self, ["layers": [1]])
        #expect(try stored() == before + 2)

        let copy = try daemon.copyOfModel("other")
        try Self.double("h.1.attn.c_attn.weight", in: copy.path + "/model.safetensors")
        _ = try daemon.call(ModelsLoad.self, ["path": .string(copy.path)])
        let doubled = try daemon.call(SignalsDecompose.self, ["model": "other", "layers": [1], "heads": [0]])
        let single = try daemon.call(SignalsDecompose.self, ["layers": [1], "heads": [0]])
        // Both W_Q and W_K doubled, as they are in one tensor.
        #expect(abs(doubled.heads[0].s[0] - 4 * single.heads[0].s[0]) <= 1e-4 * doubled.heads[0].s[0])
        #expect(try stored() == before + 4)
        // After a kill they are there still, and the same.
        daemon.end(SIGKILL)
        try daemon.start()
        #expect(try stored() == before + 4)
        #expect(try daemon.call(SignalsDecompose.self, ["layers": [1], "form": "augmented"]) == made)
        #expect(try stored() == before + 4)
        _ = try daemon.call(ModelsUnload.self, ["model": "other"])
        #expect(try stored() == before + 2)
        #expect(try daemon.call(StoreVerify.self).findings.isEmpty)
        #expect(daemon.end() == 0)
    }

    /// Writes a model's file anew with one tensor doubled.
    private static func double(_ name: String, in path: String) throws {
        let file = try SafetensorsFile(path)
        let tensors = try file.header.tensors.map { entry in
            var tensor = try file.tensor(entry.name)
            if entry.name.hasSuffix(name) { for index in tensor.values.indices { tensor.values[index] *= 2 } }
            return (name: entry.name, tensor: tensor)
        }
        try SafetensorsWriter.write(tensors, to: path)
    }

    @Test func `a look is the sum of its terms in every mode, and its vectors come as arrays`() throws {
        let daemon = try LiveDaemon()
        for mode in SignalMode.allCases {
            let look = try daemon.call(
                SignalsLook.self,
                ["text": Self.text, "layer": 2, "head": 2, "mode": .string(mode.rawValue), "all_terms": true])
            #expect(look.destination == look.pieces.count - 1 && look.source <= look.destination)
            #expect(look.sides.count == (mode == .relative_attention ? 2 : 1))
            for side in look.sides {
                #expect(side.terms.count == 32 && side.terms.prefix(side.kept).allSatisfy(\.kept))
                let sum = side.terms.reduce(Float(0)) { $0 + $1.contribution }
                #expect(abs(sum - side.total) <= 1e-3)
                #expect(abs(look.attn_scale * (side.total + side.bias_part) - look.attn_score) <= 1e-3)
                #expect(abs(side.residual) <= 1e-3)
                for term in side.terms {
                    let product = term.s * term.destination_projection * term.source_projection
                    #expect(abs(product - term.contribution) <= 1e-4 * max(1, abs(product)))
                }
            }
            let path = daemon.home.appending(path: "\(mode.rawValue).safetensors").path
            let file = try daemon.call(
                SignalsLook.self,
                [
                    "text": Self.text, "layer": 2, "head": 2, "mode": .string(mode.rawValue), "tensors": "file",
                    "path": .string(path),
                ])
            #expect(file.tensors?.names == ["destination.vectors", "destination.basis", "source.vectors", "source.basis"])
        }
        let refused = try daemon.error("signals.look", ["text": Self.text, "layer": 2, "head": 2, "destination": 3, "source": 9])
        #expect(refused.kind == "position_out_of_range")
        #expect(try daemon.error("signals.look", ["text": Self.text, "layer": 9, "head": 2]).kind == "layer_out_of_range")
        #expect(try daemon.error("signals.decompose", ["heads": [2, 2]]).code == -32602)
        #expect(daemon.end() == 0)
    }

    @Test func `sizes of sets are counted over a text and over a task`() throws {
        let daemon = try LiveDaemon()
        let text = try daemon.call(SignalsStatistics.self, ["layers": [0, 2], "contexts": 2, "context": 32])
        #expect(text.contexts == 2 && text.tokens == 64 && text.rank == 32 && text.heads.count == 8)
        for head in text.heads {
            #expect(head.histogram.count == 33 && head.histogram.reduce(0, +) == head.looks)
            let total = head.histogram.enumerated().reduce(0) { $0 + $1.offset * $1.element }
            #expect(head.looks == 0 || abs(Float(total) / Float(head.looks) - (head.mean ?? 0)) <= 1e-4)
        }
        #expect(text.heads.contains { $0.looks > 0 })
        let task = try daemon.call(
            SignalsStatistics.self, ["layers": [2], "task": "indirect_object", "count": 3, "mode": "relative_attention"])
        #expect(task.contexts == 3 && task.heads.count == 8 && task.heads.map(\.side).prefix(2) == [.destination, .source])
        #expect(try daemon.error("signals.statistics", ["task": "ioi", "corpus": "demo"]).code == -32602)
        #expect(daemon.end() == 0)
    }

    @Test func `looks and features are compared head by head, of one look or of all that fire`() throws {
        let daemon = try LiveDaemon()
        _ = try daemon.run(
            DictionariesTrain.self,
            ["layers": [2], "steps": 40, "batch_sequences": 4, "held_out_contexts": 2, "d_sae_query": [32], "d_sae_key": [32]])
        _ = try daemon.run(MapsTrain.self, ["dictionary": "d1", "steps": 4, "support_contexts": 8, "held_out_contexts": 2])
        let one = try daemon.call(SignalsAgreement.self, ["map": "m1", "text": Self.text])
        #expect(one.prompts == 1 && one.layer == 2 && one.heads.count == 4)
        #expect(one.heads.allSatisfy { $0.looks <= 1 && $0.source_position != nil })
        let all = try daemon.call(SignalsAgreement.self, ["map": "m1", "task": "indirect_object", "count": 4])
        #expect(all.prompts == 4 && all.heads.contains { $0.looks > 1 } && all.heads.allSatisfy { $0.source_position == nil })
        for head in one.heads + all.heads {
            for figures in [head.destination, head.source].compactMap(\.self) {
                // A feature more in the span, a thirty-second more by chance.
                #expect(figures.signal_in_features_random <= figures.features / 32 + 1e-5)
                #expect(figures.features_in_signal_random <= figures.terms / 32 + 1e-5)
            }
        }
        #expect(try daemon.error("signals.agreement", ["map": "m1"]).code == -32602)
        #expect(try daemon.error("signals.agreement", ["map": "m9", "text": "a"]).kind == "map_not_found")
        #expect(daemon.end() == 0)
    }
}
