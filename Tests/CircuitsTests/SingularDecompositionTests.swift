import Checkpoints
import Circuits
import Foundation
import GPT2
import Tensors
import Testing

@Suite struct SingularDecompositionTests {
    /// Single precision over at most 20 columns, against double precision.
    private static let tolerance = 2e-6

    @Test(arguments: Fixtures.tinyModels)
    func `singular values are those that NumPy finds of the whole matrix`(name: String) throws {
        let model = try Fixtures.tinyModel(name), expected = try Fixtures.decompositions()
        for layer in 0..<model.configuration.n_layers {
            for form in QKForm.allCases {
                let found = try LayerDecompositions(model, layer: layer, form: form)
                #expect(found.heads.count == model.configuration.n_heads)
                for (head, decomposition) in found.heads.enumerated() {
                    let values = try expected.tensor("\(name).\(layer).\(head).\(form.rawValue).s").values
                    let off = deviation(decomposition.s.map(Double.init), values.map(Double.init))
                    #expect(off.worst <= Self.tolerance * off.largest, "\(layer).\(head) \(form): off by \(off)")
                }
            }
        }
    }

    @Test(arguments: Fixtures.tinyModels)
    func `singular vectors and values multiply to the map of the folded weights and biases`(name: String) throws {
        let model = try Fixtures.tinyModel(name), D = model.configuration.d_model, n_heads = model.configuration.n_heads
        for layer in 0..<model.configuration.n_layers {
            let maps = try model.foldedQK(layer)
            for form in QKForm.allCases {
                for (head, found) in try LayerDecompositions(model, layer: layer, form: form).heads.enumerated() {
                    let columns = head * D / n_heads..<(head + 1) * D / n_heads
                    func rows(_ W: Tensor, _ b: Tensor, _ isAugmented: Bool) -> [[Double]] {
                        let own = (0..<D).map { d in columns.map { Double(W.values[d * D + $0]) } }
                        return isAugmented ? own + [columns.map { Double(b.values[$0]) }] : own
                    }
                    let A = rows(maps.W_Q, maps.b_Q, form.augmentsDestination), B = rows(maps.W_K, maps.b_K, form.augmentsSource)
                    let product = A.flatMap { a in B.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
                    let rank = found.rank
                    #expect(found.U.shape == [A.count, rank] && found.V.shape == [B.count, rank])
                    let rebuilt = (0..<A.count).flatMap { i in
                        (0..<B.count).map { j in
                            (0..<rank).reduce(0.0) {
                                $0 + Double(found.U.values[i * rank + $1]) * Double(found.s[$1])
                                    * Double(found.V.values[j * rank + $1])
                            }
                        }
                    }
                    let off = deviation(rebuilt, product)
                    #expect(off.worst <= Self.tolerance * off.largest, "\(layer).\(head) \(form): off by \(off)")
                    #expect(abs(Double(found.largest) - off.largest) <= Self.tolerance * off.largest)
                    #expect(found.reconstructionError <= Float(Self.tolerance) * found.largest)
                }
            }
        }
    }

    @Test func `offsets make the plain map read the biases, and are the shortest that do`() throws {
        let expected = try Fixtures.decompositions()
        for name in Fixtures.tinyModels where name != "one_head" {
            let model = try Fixtures.tinyModel(name), D = model.configuration.d_model, K = model.configuration.d_head
            let maps = try model.foldedQK(0)
            for (head, found) in try LayerDecompositions(model, layer: 0, form: .plain).heads.enumerated() {
                for (offset, W, b) in [(found.c_d, maps.W_Q, maps.b_Q), (found.c_s, maps.W_K, maps.b_K)] {
                    let read = (head * K..<(head + 1) * K).map { column in
                        (0..<D).reduce(0.0) { $0 + Double(offset[$1]) * Double(W.values[$1 * D + column]) }
                    }
                    let off = deviation(read, b.values[head * K..<(head + 1) * K].map(Double.init))
                    #expect(off.worst <= 1e-4 * off.largest, "\(name) \(head): off by \(off)")
                }
                // Only where a look of the head is in the fixture; the pseudo-inverse is NumPy's own.
                guard let shortest = try? expected.tensor("\(name).0.\(head).0.c_d") else { continue }
                let off = deviation(found.c_d.map(Double.init), shortest.values.map(Double.init))
                #expect(off.worst <= 1e-4 * off.largest, "\(name) \(head): the shortest is off by \(off)")
            }
        }
    }

    @Test func `one head's centred maps have a rank less than they are wide, and decompose all the same`() throws {
        let model = try Fixtures.tinyModel("one_head")
        for layer in 0..<model.configuration.n_layers {
            let found = try #require(try LayerDecompositions(model, layer: layer, form: .plain).heads.first)
            #expect(found.rank == model.configuration.d_model)
            let last = try #require(found.s.last), beforeLast = found.s[found.rank - 2]
            #expect(last <= 1e-6 * found.s[0] && beforeLast > 1e-3 * found.s[0], "\(found.s)")
        }
    }

    @Test func `figures of a spectrum are those of their definitions`() throws {
        let found = try LayerDecompositions(Fixtures.tinyModel("odd_head"), layer: 1, form: .augmented).heads[2]
        let squares = found.s.map { Double($0) * Double($0) }, sum = squares.reduce(0, +)
        #expect(abs(found.frobenius - sum.squareRoot()) <= 1e-12 * sum)
        #expect(abs(found.participationRatio - sum * sum / squares.reduce(0) { $0 + $1 * $1 }) <= 1e-12)
        #expect(squares.prefix(found.rank90).reduce(0, +) >= 0.9 * sum)
        #expect(squares.prefix(found.rank90 - 1).reduce(0, +) < 0.9 * sum)
    }

    @Test func `a layer that was packed to be kept is the layer again`() throws {
        let model = try Fixtures.tinyModel("by_layer_f16")
        for form in QKForm.allCases {
            let found = try LayerDecompositions(model, layer: 2, form: form), packed = found.packed
            #expect(LayerDecompositions(model, layer: 2, form: form, packed: packed) == found)
            // Another form's rows have other lengths.
            for other in QKForm.allCases where other != form && Set([form, other]) != [.omega_d, .omega_s] {
                #expect(LayerDecompositions(model, layer: 2, form: other, packed: packed) == nil)
            }
            let short = Tensor([packed.shape[0] - 1, packed.shape[1]], Array(packed.values.dropLast(packed.shape[1])))
            #expect(LayerDecompositions(model, layer: 2, form: form, packed: short) == nil)
        }
    }

    @Test func `a map that single precision cannot hold is refused by the name of its head`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "decomposition-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tiny = Fixtures.tinyDirectory("plain")
        try FileManager.default.copyItem(atPath: tiny + "/config.json", toPath: directory + "/config.json")
        let file = try SafetensorsFile(tiny + "/model.safetensors")
        let factor: Float = 1e30
        let tensors = try file.header.tensors.map { entry in
            var tensor = try file.tensor(entry.name)
            if entry.name.hasSuffix("h.1.attn.c_attn.weight") {
                for index in tensor.values.indices { tensor.values[index] *= factor }
            }
            return (name: entry.name, tensor: tensor)
        }
        try SafetensorsWriter.write(tensors, to: directory + "/model.safetensors")
        let model = try GPT2Model(directory: directory)
        _ = try LayerDecompositions(model, layer: 0, form: .plain)
        let error = #expect(throws: DecompositionError.self) { try LayerDecompositions(model, layer: 1, form: .plain) }
        #expect(error?.description.hasPrefix("the plain map of head 1.0 is off by") == true, "\(String(describing: error))")
    }
}
