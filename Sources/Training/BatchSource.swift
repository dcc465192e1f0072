import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Tokenizer

/// Where a training's batches come from: normalised residuals of some contexts, and the model's own queries and keys.
protocol BatchSource {
    /// How many contexts there are.
    var count: Int { get }
    /// The length of each.
    var T: Int { get }

    /// Some contexts' batches, one for each of the source's layers, in their order.
    ///
    /// - Parameter breathe: Called now and then when it takes long.
    func batches(_ indices: [Int], _ breathe: () throws -> Void) throws -> [PatternBatch]
}

extension BatchSource {
    /// Some contexts' batch for the first layer.
    func batch(_ indices: some Sequence<Int>) throws -> PatternBatch { try batches(Array(indices), {})[0] }
}

/// Batches computed from text when they are needed: one forward pass for all layers.
struct ForwardSource: BatchSource {
    let model: GPT2Model
    let layers: [Int]
    let contexts: Contexts

    var count: Int { contexts.count }
    var T: Int { contexts.T }

    /// Tokens that go through the model at once: enough for its products, and well under a second on two cores.
    private static let tokensAtOnce = 2048

    func batches(_ indices: [Int], _ breathe: () throws -> Void) throws -> [PatternBatch] {
        let names = layers.map { layer in [.ln1_x, .q, .k].map { ActivationName($0, layer) } }
        let atOnce = max(1, Self.tokensAtOnce / T)
        var found: [[[Float]]] = []
        for first in stride(from: 0, to: indices.count, by: atOnce) {
            let part = indices[first..<min(first + atOnce, indices.count)]
            let batch = TokenBatch(try contexts.batch(part), B: part.count, T: T)
            let activations = try model.forward(batch, capture: Set(names.joined()))
            let values = names.map { $0.map { activations[$0].values } }
            if found.isEmpty {
                found = values
            } else {
                for layer in values.indices { for site in values[layer].indices { found[layer][site] += values[layer][site] } }
            }
            try breathe()
        }
        return zip(layers, found).map { layer, sites in
            PatternBatch(
                sequences: indices.count, length: T, attn_scale: model.configuration.attn_scale(layer), x: sites[0], q: sites[1],
                k: sites[2])
        }
    }
}

/// The order in which contexts are read: each once per pass over the text, shuffled anew for each pass.
///
/// What is read at a step follows from the seed and the step alone, so that there is nothing to save.
struct ContextOrder: Sendable {
    private let count: Int
    private let seed: UInt64
    private var pass = -1
    private var order: [Int] = []

    /// An order over `count` contexts.
    init(count: Int, seed: UInt64) { (self.count, self.seed) = (count, seed) }

    /// The contexts at places `step * n ..< (step + 1) * n` of all passes, one after the other.
    mutating func contexts(step: Int, _ n: Int) -> [Int] {
        (step * n..<(step + 1) * n).map { place in
            if place / count != pass {
                pass = place / count
                var seeds = RandomGenerator(seed: seed)
                for _ in 0..<pass { _ = seeds.next() }
                var generator = RandomGenerator(seed: seeds.next())
                order = generator.permutation(count)
            }
            return order[place % count]
        }
    }
}
