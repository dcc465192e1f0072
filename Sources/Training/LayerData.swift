import Checkpoints
import Artifacts
import Dictionaries
import GPT2
import Tensors
import Tokenizer

/// One layer's training data, computed from text as it is needed: normalised residuals and the model's own queries and keys.
struct LayerData: Sendable {
    let model: GPT2Model
    let layer: Int
    let contexts: Contexts

    /// The batch of some contexts.
    func batch(_ indices: some Sequence<Int>) throws -> PatternBatch {
        let tokens = contexts.batch(indices)
        let batch = TokenBatch(tokens, B: tokens.count / contexts.T, T: contexts.T)
        let names = [.ln1_x, .q, .k].map { ActivationName($0, layer) }
        let found = try model.forward(batch, capture: Set(names))
        return PatternBatch(
            sequences: batch.B, length: batch.T, attn_scale: model.configuration.attn_scale(layer), x: found[names[0]].values,
            q: found[names[1]].values, k: found[names[2]].values)
    }
}

/// The order in which contexts are read: each once per pass over the text, shuffled anew for each pass.
struct ContextOrder: Sendable {
    private var generator: RandomGenerator
    private var order: [Int] = []
    private let count: Int

    /// An order over `count` contexts.
    init(count: Int, seed: UInt64) {
        self.count = count
        generator = RandomGenerator(seed: seed)
    }

    /// The next `n` contexts.
    mutating func next(_ n: Int) -> [Int] {
        while order.count < n { order = generator.permutation(count) + order }
        defer { order.removeLast(n) }
        return order.suffix(n).reversed()
    }
}

/// The mean of each column.
///
/// - Parameter rows: [N, columns].
func columnMeans(_ rows: [Float], columns: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: columns)
    for (index, value) in rows.enumerated() { sums[index % columns] += Double(value) }
    let count = Double(rows.count / columns)
    return sums.map { Float($0 / count) }
}
