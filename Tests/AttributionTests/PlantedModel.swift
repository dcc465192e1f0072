import Checkpoints
import Foundation
import GPT2
import Tensors

// A model whose query-key map is known:
//
// 1. The embedding of a token is the sum of three of n feature directions: orthonormal, and of zero mean, so that LayerNorm only
//    multiplies it by √(D/3). Positions add nothing.
// 2. Head h has one coordinate of W_Q and W_K for each of its planted triples (a, b, h): it reads a in the query and b in the key.
// 3. So score_h(i, j) = Σ over the triples of h: strength · [a in token i] · [b in token j].

/// A one-layer GPT-2 with planted pairs of features.
struct PlantedModel {
    /// A planted entry of the map.
    struct Triple: Hashable {
        let query: Int
        let key: Int
        let head: Int
    }

    static let features = 20, d_model = 64, n_heads = 4, triplesPerHead = 8, T = 48
    private static let d_vocab = 20 * features, featuresPerToken = 3

    let model: GPT2Model
    /// What was planted.
    let triples: [Triple]
    /// [V] the features of each token.
    let featuresOfToken: [[Int]]

    /// A model whose directions, tokens, triples and strengths follow from `seed`.
    init(seed: UInt64) throws {
        var generator = RandomGenerator(seed: seed)
        let (D, d_head) = (Self.d_model, Self.d_model / Self.n_heads)
        let directions = Self.directions(using: &generator)
        featuresOfToken = (0..<Self.d_vocab).map { _ in
            Array(generator.permutation(Self.features).prefix(Self.featuresPerToken))
        }
        var embedding = Tensor([Self.d_vocab, D])
        for (token, features) in featuresOfToken.enumerated() {
            for feature in features { for d in 0..<D { embedding.values[token * D + d] += directions[feature][d] } }
        }
        // 1/√d_head in the scores and √(D/3) in both residuals are undone here, half on each side.
        let unit = Float(d_head).squareRoot() * Float(Self.featuresPerToken) / Float(D)
        var c_attn = Tensor([D, 3 * D])
        triples = Self.identifiableTriples(using: &generator)
        for (number, triple) in triples.enumerated() {
            let column = triple.head * d_head + number % Self.triplesPerHead
            let factor = ((2.5 + 2 * generator.uniform()) * unit).squareRoot()
            for d in 0..<D {
                c_attn.values[d * 3 * D + column] = factor * directions[triple.query][d]
                c_attn.values[d * 3 * D + D + column] = factor * directions[triple.key][d]
            }
        }
        model = try Self.load(embedding, c_attn)
    }

    /// Triples drawn until every feature that acts can be told from the others, head by head.
    ///
    /// Two features of one side whose only triple is with the same feature in the same head change no score that one feature standing
    /// for both would not change alike: no method could name them.
    private static func identifiableTriples(using generator: inout RandomGenerator) -> [Triple] {
        while true {
            let triples = (0..<n_heads).flatMap { head in
                generator.permutation(features * features).prefix(triplesPerHead).map {
                    Triple(query: $0 / features, key: $0 % features, head: head)
                }
            }
            func singles(_ side: KeyPath<Triple, Int>, _ other: KeyPath<Triple, Int>) -> [[Int]] {
                Dictionary(grouping: triples) { $0[keyPath: side] }.values.filter { $0.count == 1 }
                    .map { [$0[0][keyPath: other], $0[0].head] }
            }
            let (queries, keys) = (singles(\.query, \.key), singles(\.key, \.query))
            if Set(queries).count == queries.count, Set(keys).count == keys.count { return triples }
        }
    }

    /// Orthonormal directions of zero mean (Gram and Schmidt, the constant direction first).
    private static func directions(using generator: inout RandomGenerator) -> [[Float]] {
        var basis = [[Double](repeating: 1 / Double(d_model).squareRoot(), count: d_model)]
        while basis.count <= features {
            var vector = (0..<d_model).map { _ in generator.normal() }
            for other in basis {
                let product = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
                for d in 0..<d_model { vector[d] -= product * other[d] }
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            basis.append(vector.map { $0 / norm })
        }
        return basis.dropFirst().map { $0.map(Float.init) }
    }

    /// Writes the model as Hugging Face does and loads it.
    private static func load(_ embedding: Tensor, _ c_attn: Tensor) throws -> GPT2Model {
        let (D, directory) = (d_model, try TemporaryDirectory())
        let config = """
            {"model_type": "gpt2", "n_embd": \(D), "n_head": \(n_heads), "n_layer": 1, "n_positions": \(T), \
            "vocab_size": \(d_vocab), "n_inner": \(D), "bos_token_id": null}
            """
        try Data(config.utf8).write(to: URL(filePath: directory.path + "/config.json"))
        func norm(_ name: String) -> [(name: String, tensor: Tensor)] {
            [(name + ".weight", Tensor([D], repeating: 1)), (name + ".bias", Tensor([D]))]
        }
        func square(_ name: String) -> [(name: String, tensor: Tensor)] {
            [(name + ".weight", Tensor([D, D])), (name + ".bias", Tensor([D]))]
        }
        let attention = [("h.0.attn.c_attn.weight", c_attn), ("h.0.attn.c_attn.bias", Tensor([3 * D]))]
        let tensors =
            [("wte.weight", embedding), ("wpe.weight", Tensor([T, D]))] + norm("h.0.ln_1") + attention + square("h.0.attn.c_proj")
            + norm("h.0.ln_2") + square("h.0.mlp.c_fc") + square("h.0.mlp.c_proj") + norm("ln_f")
        try SafetensorsWriter.write(tensors, to: directory.path + "/model.safetensors")
        return try GPT2Model(directory: directory.path)
    }
}

/// A directory that goes when the test does.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/attribution-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
