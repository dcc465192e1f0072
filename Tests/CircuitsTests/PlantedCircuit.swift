import Checkpoints
import Foundation
import GPT2
import Tensors

// A model with one circuit of two heads:
//
// 1. Each token's embedding is 4 times a direction of its own, all orthonormal and of zero mean; positions, MLPs and biases are nothing.
// 2. Head 0.0 asks with `ender` and looks at `marker`; from there it moves the direction `message`, of length 4, which no embedding has.
// 3. Head 1.1 asks with `message` and looks at `target`.
//
// So at the token `ender` head 1.1 looks at `target` because, and only because, head 0.0 has looked at `marker`.
// Or else head 0.0 is nothing, and the MLP of layer 0 writes `message` at `ender`.

/// A GPT-2 of two layers in which head 1.1 reads what head 0.0 writes.
struct PlantedCircuit {
    static let d_model = 64, n_heads = 2, d_vocab = 20
    /// Tokens: the one that looks, what head 0.0 looks at, and what head 1.1 looks at; the others are nothing to either.
    static let ender: Int32 = 1, marker: Int32 = 2, target: Int32 = 3

    let model: GPT2Model

    /// Other words, the marker and the target among them, and the ender last.
    static func prompt(marker: Int, target: Int, length: Int = 10) -> [Int32] {
        var tokens = (0..<length).map { Int32(4 + $0) }
        tokens[marker] = Self.marker
        tokens[target] = Self.target
        tokens[length - 1] = ender
        return tokens
    }

    /// - Parameter isMLP: Whether the MLP writes what head 1.1 reads.
    init(isMLP: Bool = false) throws {
        var generator = RandomGenerator(seed: 83)
        let (D, K) = (Self.d_model, Self.d_model / Self.n_heads)
        let directions = Self.directions(Self.d_vocab + 1, using: &generator), message = directions[Self.d_vocab]
        let size: Float = 4
        var embedding = Tensor([Self.d_vocab, D])
        for token in 0..<Self.d_vocab { for d in 0..<D { embedding.values[token * D + d] = size * directions[token][d] } }
        // A stream of one direction is of length √D after the LayerNorm, one of two equal parts √(D/2) in each: a score of 10 or more.
        let reach = Float(D).squareRoot(), sharp = (10 * Float(K).squareRoot()).squareRoot() / reach
        func head(_ number: Int, query: [Float], key: [Float], value: [Float]?, sharpness: Float) -> (Tensor, Tensor) {
            var c_attn = Tensor([D, 3 * D]), c_proj = Tensor([D, D])
            for d in 0..<D {
                c_attn.values[d * 3 * D + number * K] = sharpness * query[d]
                c_attn.values[d * 3 * D + D + number * K] = sharpness * key[d]
                if let value {
                    c_attn.values[d * 3 * D + 2 * D + number * K] = value[d] / reach
                    c_proj.values[number * K * D + d] = size * message[d]
                }
            }
            return (c_attn, c_proj)
        }
        let marker = directions[Int(Self.marker)]
        let lower = head(
            0, query: directions[Int(Self.ender)], key: marker, value: isMLP ? nil : marker, sharpness: isMLP ? 0 : sharp)
        // One hidden unit is √D at the ender and 0 elsewhere; GELU leaves so great a number as it is.
        var c_fc = Tensor([D, D]), mlp_c_proj = Tensor([D, D])
        if isMLP {
            for d in 0..<D {
                c_fc.values[d * D] = directions[Int(Self.ender)][d]
                mlp_c_proj.values[d] = size * message[d] / reach
            }
        }
        let upper = head(1, query: message, key: directions[Int(Self.target)], value: nil, sharpness: 1.2 * sharp)
        model = try Self.load(embedding, [lower, upper], c_fc: c_fc, mlp_c_proj: mlp_c_proj)
    }

    /// Orthonormal directions of zero mean (Gram and Schmidt, the constant direction first).
    private static func directions(_ count: Int, using generator: inout RandomGenerator) -> [[Float]] {
        var basis = [[Double](repeating: 1 / Double(d_model).squareRoot(), count: d_model)]
        while basis.count <= count {
            var vector = (0..<d_model).map { _ in generator.normal() }
            for other in basis {
                let product = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
                for d in 0..<d_model { vector[d] -= product * other[d] }
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            basis.append(vector.map { $0 / norm })
        }
        return basis.dropFirst().map { $0.map { Float($0) } }
    }

    /// Writes the model as Hugging Face does and loads it.
    private static func load(
        _ embedding: Tensor, _ layers: [(c_attn: Tensor, c_proj: Tensor)], c_fc: Tensor, mlp_c_proj: Tensor
    ) throws -> GPT2Model {
        let D = d_model, directory = NSTemporaryDirectory() + "/circuit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let config = """
            {"model_type": "gpt2", "n_embd": \(D), "n_head": \(n_heads), "n_layer": \(layers.count), "n_positions": 32, \
            "vocab_size": \(d_vocab), "n_inner": \(D), "bos_token_id": null}
            """
        try Data(config.utf8).write(to: URL(filePath: directory + "/config.json"))
        func norm(_ name: String) -> [(name: String, tensor: Tensor)] {
            [(name + ".weight", Tensor([D], repeating: 1)), (name + ".bias", Tensor([D]))]
        }
        func square(_ name: String, _ weight: Tensor?) -> [(name: String, tensor: Tensor)] {
            [(name + ".weight", weight ?? Tensor([D, D])), (name + ".bias", Tensor([D]))]
        }
        var tensors: [(name: String, tensor: Tensor)] =
            [("wte.weight", embedding), ("wpe.weight", Tensor([32, D]))] + norm("ln_f")
        for (layer, maps) in layers.enumerated() {
            let h = "h.\(layer)."
            tensors += [
                (h + "attn.c_attn.weight", maps.c_attn), (h + "attn.c_attn.bias", Tensor([3 * D])),
                (h + "attn.c_proj.weight", maps.c_proj), (h + "attn.c_proj.bias", Tensor([D])),
            ]
            tensors += norm(h + "ln_1") + norm(h + "ln_2")
            tensors += square(h + "mlp.c_fc", layer == 0 ? c_fc : nil) + square(h + "mlp.c_proj", layer == 0 ? mlp_c_proj : nil)
        }
        try SafetensorsWriter.write(tensors, to: directory + "/model.safetensors")
        return try GPT2Model(directory: directory)
    }
}
