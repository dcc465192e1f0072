private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels
import Tensors

// What dictionaries recover of the model's loss, measured again and again while they are trained:
//
// 1. Once: for each context the model's own loss, and for each layer the loss with its pattern set to zero. The model does not change.
// 2. Each time, for each context: one pass of the model as it is, from which every dictionary's pass goes on at its own layer.
//
// Contexts go through one at a time, so that whoever waits for an end never waits for more than one pass.

/// What dictionaries of one model recover of its loss on a few contexts.
public struct LossRecovery: Sendable {
    /// What one dictionary reaches.
    public struct Figures: Sendable {
        /// The loss with the scores rebuilt; nil for texts of one token.
        public fileprivate(set) var CE_sae: Double?
        /// [d_sae] the share of tokens at which each feature is active.
        public fileprivate(set) var densityQuery: [Double], densityKey: [Double]
    }

    /// The model's own mean next-token loss in nats; nil before ``prepare(_:)``, and for texts of one token.
    public private(set) var CE: Double?
    /// The loss with a layer's pattern set to zero.
    public private(set) var CE_zero: [Int: Double] = [:]

    private let model: GPT2Model, layers: [Int], batches: [TokenBatch]
    /// Whether the first of the two steps is done.
    private var isPrepared = false

    /// Nothing measured yet.
    ///
    /// - Parameters:
    ///   - layers: The dictionaries' layers.
    ///   - contexts: [T] tokens each.
    public init(_ model: GPT2Model, layers: [Int], contexts: [[Int32]]) {
        (self.model, self.layers) = (model, layers)
        batches = contexts.map { TokenBatch($0, B: 1, T: $0.count) }
    }

    /// What is the same for every dictionary and every step.
    ///
    /// - Parameter breathe: Called between passes; what it throws ends the work, which begins anew when it is asked for again.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: for each context one pass, and one from each layer on; nothing the second time.
    public mutating func prepare(_ breathe: () throws -> Void) throws {
        if isPrepared { return }
        let output = ActivationName(.ln_final_normalized)
        var own = NextTokenLoss(), zero = [NextTokenLoss](repeating: NextTokenLoss(), count: layers.count)
        for batch in batches {
            let clean = try model.forward(batch, capture: Set(layers.map { ActivationName(.resid_pre, $0) } + [output]))
            own.add(model, batch, clean[output])
            for (place, layer) in layers.enumerated() {
                try breathe()
                let start = ResidualStart(layer: layer, resid_pre: clean[ActivationName(.resid_pre, layer)])
                let changed = try model.forward(
                    batch, from: start, capture: [output],
                    edits: [ActivationName(.pattern, layer): { span in for index in span.indices { span[index] = 0 } }])
                zero[place].add(model, batch, changed[output])
            }
        }
        CE = own.mean
        for (layer, loss) in zip(layers, zero) { CE_zero[layer] = loss.mean }
        isPrepared = true
    }

    /// What dictionaries reach as they are now.
    ///
    /// - Parameters:
    ///   - dictionaries: How many there are.
    ///   - dictionary: One of them and its layer.
    ///   - breathe: Called between passes; what it throws ends the work.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: for each context one pass up to the last layer, and one from each dictionary's layer on.
    public func figures(
        _ dictionaries: Int, _ dictionary: (Int) -> (layer: Int, pair: TranscoderPair), _ breathe: () throws -> Void
    ) throws -> [Figures] {
        var losses = [NextTokenLoss](repeating: NextTokenLoss(), count: dictionaries)
        var queries = (0..<dictionaries).map { [Int](repeating: 0, count: dictionary($0).pair.query.shape.d_sae) }
        var keys = (0..<dictionaries).map { [Int](repeating: 0, count: dictionary($0).pair.key.shape.d_sae) }
        for batch in batches {
            let clean = try model.forward(
                batch, capture: Set(layers.flatMap { [ActivationName(.resid_pre, $0), ActivationName(.ln1_x, $0)] }))
            for index in 0..<dictionaries {
                try breathe()
                let (layer, pair) = dictionary(index)
                let sequence = EncodedSequence(pair, x: clean[ActivationName(.ln1_x, layer)].values.span)
                for feature in sequence.query.indices { queries[index][Int(feature)] += 1 }
                for feature in sequence.key.indices { keys[index][Int(feature)] += 1 }
                let start = ResidualStart(layer: layer, resid_pre: clean[ActivationName(.resid_pre, layer)])
                losses[index].add(model, batch, try changed(batch, start, sequence))
            }
        }
        let tokens = Double(max(batches.reduce(0) { $0 + $1.T }, 1))
        return (0..<dictionaries).map { index in
            Figures(
                CE_sae: losses[index].mean, densityQuery: queries[index].map { Double($0) / tokens },
                densityKey: keys[index].map { Double($0) / tokens })
        }
    }

    /// [1, T, D] the last LayerNorm's output with a layer's scores rebuilt.
    private func changed(_ batch: TokenBatch, _ start: ResidualStart, _ sequence: EncodedSequence) throws -> Tensor {
        let output = ActivationName(.ln_final_normalized)
        let scores = sequence.scores(.transcoders, map: nil, scale: model.configuration.attn_scale(start.layer))
        return try model.forward(
            batch, from: start, capture: [output],
            edits: [ActivationName(.attn_scores, start.layer): { span in span.copy(scores.values.span) }])[output]
    }

    /// The share of the loss that a dictionary recovers; nil before ``prepare(_:)`` and for texts of one token.
    public func recovered(_ figures: Figures, layer: Int) -> RecoveredShare? {
        guard let CE, let zero = CE_zero[layer], let changed = figures.CE_sae else { return nil }
        return RecoveredShare(CE: changed, CE_model: CE, CE_zero: zero)
    }
}

/// The mean of the next tokens' losses over several contexts.
private struct NextTokenLoss {
    private var sum = 0.0
    private var count = 0

    mutating func add(_ model: GPT2Model, _ batch: TokenBatch, _ normalized: Tensor) {
        guard batch.T > 1 else { return }
        for value in model.loss(normalized, batch).values {
            sum += Double(value)
            count += 1
        }
    }

    var mean: Double? { count > 0 ? sum / Double(count) : nil }
}
