import API
import Artifacts
import Checkpoints
import GPT2
import Store
import Tensors
import Tokenizer

/// Where the rows that autoencoders are trained on come from: one activation of several layers at every token of some contexts.
protocol RowSource {
    /// How many contexts there are.
    var count: Int { get }
    /// The length of each.
    var T: Int { get }

    /// Some contexts' rows, for each of the source's layers [contexts·T, D].
    ///
    /// - Parameter breathe: Called now and then when it takes long.
    func rows(_ contexts: [Int], _ breathe: () throws -> Void) throws -> [[Float]]
}

/// Rows computed from text when they are needed: one forward pass for all layers.
struct ForwardRows: RowSource {
    let model: GPT2Model
    /// The activation of each layer.
    let names: [ActivationName]
    let contexts: Contexts

    var count: Int { contexts.count }
    var T: Int { contexts.T }

    /// Tokens that go through the model at once: enough for its products, and well under a second on two cores.
    private static let tokensAtOnce = 2048

    func rows(_ indices: [Int], _ breathe: () throws -> Void) throws -> [[Float]] {
        let atOnce = max(1, Self.tokensAtOnce / T)
        var found = [[Float]](repeating: [], count: names.count)
        for first in stride(from: 0, to: indices.count, by: atOnce) {
            let part = indices[first..<min(first + atOnce, indices.count)]
            let batch = TokenBatch(try contexts.batch(part), B: part.count, T: T)
            let activations = try model.forward(batch, capture: Set(names))
            for (layer, name) in names.enumerated() { found[layer] += activations[name].values }
            try breathe()
        }
        return found
    }
}

/// Rows from an activation cache.
struct CachedRows: RowSource {
    private let cache: ActivationCache
    /// Where each layer's activation stands in the cache.
    private let places: [Int]
    /// The contexts that are trained on.
    private let contexts: Range<Int>

    var count: Int { contexts.count }
    var T: Int { cache.shape.T }

    /// A source over some contexts of a cache.
    ///
    /// - Throws: ``ParameterError`` if the cache lacks one of the activations.
    init(_ cache: ActivationCache, _ info: CacheInfo, names: [ActivationName], contexts: Range<Int>) throws {
        (self.cache, self.contexts) = (cache, contexts)
        places = try names.map { name in
            guard let place = cache.shape.number(of: name.description) else {
                throw ParameterError("cache", "cache \(info.cache) does not hold \(name)")
            }
            return place
        }
    }

    func rows(_ indices: [Int], _ breathe: () throws -> Void) throws -> [[Float]] {
        let sequences = indices.map { contexts.lowerBound + $0 }
        return try places.map { place in
            var values = [Float](repeating: 0, count: indices.count * T * cache.shape.activations[place].width)
            var span = values.mutableSpan
            try cache.read(place, sequences: sequences, into: &span)
            try breathe()
            return values
        }
    }
}

/// Steps' rows, each drawn from the contexts of several steps.
///
/// What a step reads follows from the seed and the step alone, so that there is nothing to save: the contexts of each group of steps in
/// the order of ``ContextOrder``, their rows in an order that the group's number gives.
struct ShuffledRows<Source: RowSource> {
    let source: Source
    /// How many contexts make up a step.
    let batchSequences: Int
    /// From how many steps' contexts its rows are drawn.
    private let group: Int
    private let seed: UInt64
    private var order: ContextOrder
    /// The group that is in memory, and its rows for each layer.
    private var held: (group: Int, rows: [[Float]])?

    init(_ source: Source, batchSequences: Int, group: Int, seed: UInt64) {
        (self.source, self.batchSequences, self.group, self.seed) = (source, batchSequences, group, seed)
        order = ContextOrder(count: source.count, seed: seed)
    }

    /// How many rows a step has.
    var rowsPerStep: Int { batchSequences * source.T }

    /// The rows of a step for each layer, [rowsPerStep, D].
    mutating func rows(step: Int, _ breathe: () throws -> Void) throws -> [[Float]] {
        if held?.group != step / group {
            held = nil
            held = (step / group, try draw(step / group, breathe))
        }
        let first = step % group * rowsPerStep
        return (held?.rows ?? []).map { rows in
            let D = rows.count / (group * rowsPerStep)
            return Array(rows[first * D..<(first + rowsPerStep) * D])
        }
    }

    private mutating func draw(_ number: Int, _ breathe: () throws -> Void) throws -> [[Float]] {
        let rows = try source.rows(order.contexts(step: number, group * batchSequences), breathe)
        if group == 1 { return rows }
        var generator = RandomGenerator(seed: seed &+ UInt64(number) &+ 1)
        let places = generator.permutation(group * rowsPerStep)
        return try rows.map { values in
            try breathe()
            return Self.permuted(values, places)
        }
    }

    private static func permuted(_ values: [Float], _ places: [Int]) -> [Float] {
        let D = values.count / places.count
        var shuffled = [Float](scratch: values.count), out = shuffled.mutableSpan
        for (row, place) in places.enumerated() {
            out.copy(values.span.extracting(place * D..<(place + 1) * D), at: row * D)
        }
        return shuffled
    }
}
