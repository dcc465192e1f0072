public import Dictionaries
public import GPT2
import Tensors

// What a feature fires on, over a text:
//
// 1. The model runs up to the layer's normalised input, batch by batch, and one side is encoded.
// 2. Of each feature asked for: how often it is active, its mean and maximum where it is, how often on which token, and the places
//    where it is strongest.

/// What one feature fires on.
public struct FeatureActivations: Sendable {
    /// A place in the text.
    public struct Place: Sendable, Equatable {
        /// The context's number.
        public let context: Int
        /// The position in it.
        public let position: Int
        /// The activation there.
        public let activation: Float
    }

    /// The feature.
    public let feature: Int
    /// Tokens seen.
    public private(set) var tokens = 0
    /// Tokens on which it was active.
    public private(set) var active = 0
    /// Where it was strongest, strongest first.
    public private(set) var strongest: [Place] = []
    /// How often it was active on which token.
    public private(set) var countByToken: [Int32: Int] = [:]
    /// How often it was active how strongly.
    public private(set) var histogram = ActivationHistogram()
    private var sum = 0.0
    private let limit: Int

    /// The share of tokens on which it is active.
    public var density: Double { tokens > 0 ? Double(active) / Double(tokens) : 0 }

    /// The mean activation where it is active; 0 if it never is.
    public var meanActivation: Double { active > 0 ? sum / Double(active) : 0 }

    fileprivate init(feature: Int, limit: Int) { (self.feature, self.limit) = (feature, limit) }

    fileprivate mutating func see(_ count: Int) { tokens += count }

    fileprivate mutating func add(_ place: Place, token: Int32) {
        active += 1
        sum += Double(place.activation)
        histogram.add(place.activation)
        countByToken[token, default: 0] += 1
        if strongest.count == limit, let weakest = strongest.last, weakest.activation >= place.activation { return }
        let index = strongest.firstIndex { $0.activation < place.activation } ?? strongest.endIndex
        strongest.insert(place, at: index)
        if strongest.count > limit { strongest.removeLast() }
    }
}

extension FeatureActivations {
    /// Contexts that go through the model at once.
    private static let batchSize = 16

    /// Walks a text and collects what features of one side fire on.
    ///
    /// - Parameters:
    ///   - features: Which.
    ///   - transcoder: The side they belong to.
    ///   - model: The model.
    ///   - layer: The dictionary's layer.
    ///   - tokens: [count, T] contexts.
    ///   - T: The length of a context.
    ///   - limit: How many places are kept of each feature.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: one forward pass up to the layer over all contexts.
    public static func collect(
        _ features: [Int], of transcoder: Transcoder, _ model: GPT2Model, layer: Int, tokens: [Int32], T: Int, limit: Int
    ) throws -> [FeatureActivations] {
        var found = features.map { FeatureActivations(feature: $0, limit: limit) }
        let slots = Dictionary(features.enumerated().map { (Int32($0.element), $0.offset) }) { first, _ in first }
        let name = ActivationName(.ln1_x, layer)
        let count = tokens.count / T
        for first in stride(from: 0, to: count, by: batchSize) {
            let contexts = first..<min(first + batchSize, count)
            let batch = TokenBatch(Array(tokens[contexts.lowerBound * T..<contexts.upperBound * T]), B: contexts.count, T: T)
            let rows = transcoder.encode(try model.forward(batch, capture: [name])[name].values.span)
            for slot in found.indices { found[slot].see(rows.rows) }
            for row in 0..<rows.rows {
                for entry in rows.range(row) {
                    guard let slot = slots[rows.indices[entry]] else { continue }
                    let place = Place(context: first + row / T, position: row % T, activation: rows.values[entry])
                    found[slot].add(place, token: batch.tokens[row])
                }
            }
        }
        return found
    }
}
