private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels
import Tensors

// What a dictionary, and a map over it, reach on a text (specification 1.7):
//
// 1. The model as it is: loss, scores, normalised input of the layer.
// 2. The layer's pattern set to zero: the loss that a share recovered is measured against.
// 3. Each stage: the layer's scores replaced by the rebuilt ones, everything after it recomputed; the loss, the divergence of the
//    predictions, and per head how far the patterns are apart.

/// What each stage of a reconstruction reaches on a text.
public struct DictionaryEvaluation: Sendable {
    /// What one stage reaches.
    public struct Stage: Sendable {
        /// From what the scores were rebuilt.
        public let stage: PatternStage
        /// Losses and divergence with the pattern substituted.
        public fileprivate(set) var logits = LogitComparison()
        /// Per head of the layer.
        public fileprivate(set) var patterns: PatternMetrics
    }

    /// The evaluation was ended before it was complete.
    public struct Cancelled: Error {}

    /// The heads whose patterns were substituted.
    public let heads: [Int]
    /// The stages, in the order of ``PatternStage``.
    public private(set) var stages: [Stage]
    /// The model with the pattern of those heads set to zero.
    public private(set) var zero = LogitComparison()
    /// Tokens seen.
    public private(set) var tokens = 0
    private var activeQuery: [Int], activeKey: [Int]

    private let model: GPT2Model, layer: Int, dictionary: TranscoderPair, map: FeatureMap?

    /// Contexts that go through the model at once.
    public static let batchSize = 8

    /// Evaluates on contexts.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The dictionary's layer.
    ///   - dictionary: Both transcoders.
    ///   - map: A trained map, for the stage `masked_map`; nil leaves that stage out.
    ///   - contexts: [count, T] tokens.
    ///   - T: The length of a context.
    ///   - heads: The heads whose patterns are substituted; nil for all.
    ///   - isCancelled: Asked between batches.
    /// - Throws: ``GPT2Error``, ``Cancelled``.
    /// - Complexity: two forward passes and one for each stage.
    public init(
        _ model: GPT2Model, layer: Int, _ dictionary: TranscoderPair, map: FeatureMap?, contexts: [Int32], T: Int,
        heads: [Int]? = nil, isCancelled: () -> Bool = { false }
    ) throws {
        self.init(model, layer: layer, dictionary, map: map, heads: heads)
        let count = contexts.count / T
        for first in stride(from: 0, to: count, by: Self.batchSize) {
            if isCancelled() { throw Cancelled() }
            let range = first..<min(first + Self.batchSize, count)
            try add(Array(contexts[range.lowerBound * T..<range.upperBound * T]), T: T)
        }
    }

    /// An evaluation that has seen nothing yet; the parameters are those above.
    ///
    /// - Parameter stages: Which stages are looked at; all that there can be if nil.
    public init(
        _ model: GPT2Model, layer: Int, _ dictionary: TranscoderPair, map: FeatureMap?, heads: [Int]? = nil,
        stages wanted: [PatternStage]? = nil
    ) {
        (self.model, self.layer, self.dictionary, self.map) = (model, layer, dictionary, map)
        self.heads = heads ?? Array(0..<model.configuration.n_heads)
        let possible: [PatternStage] = map == nil ? [.transcoders, .map] : PatternStage.allCases
        let kinds = possible.filter { wanted?.contains($0) ?? true }
        stages = kinds.map { Stage(stage: $0, patterns: PatternMetrics(n_heads: model.configuration.n_heads)) }
        activeQuery = Array(repeating: 0, count: dictionary.query.shape.d_sae)
        activeKey = Array(repeating: 0, count: dictionary.key.shape.d_sae)
    }

    /// Takes in contexts that go through the model at once.
    ///
    /// - Parameters:
    ///   - contexts: [count, T] tokens.
    ///   - T: The length of a context.
    /// - Throws: ``GPT2Error``.
    public mutating func add(_ contexts: [Int32], T: Int) throws {
        let batch = TokenBatch(contexts, B: contexts.count / T, T: T)
        let x = ActivationName(.ln1_x, layer), attn_scores = ActivationName(.attn_scores, layer)
        let pattern = ActivationName(.pattern, layer), output = ActivationName(.ln_final_normalized)
        let c = model.configuration, D = c.d_model, H = c.n_heads
        let own = try model.forward(batch, capture: [x, attn_scores, output])
        let sequences = (0..<batch.B).map { b in
            EncodedSequence(dictionary, x: own[x].values.span.extracting(b * T * D..<(b + 1) * T * D))
        }
        for sequence in sequences { count(sequence) }
        tokens += batch.B * T

        let heads = heads
        let zeroed = try model.forward(
            batch, capture: [output],
            edits: [
                pattern: { span in
                    for b in 0..<batch.B {
                        for head in heads { for index in 0..<T * T { span[(b * H + head) * T * T + index] = 0 } }
                    }
                }
            ])
        zero.add(model, batch, own: own[output], changed: zeroed[output])

        for place in stages.indices {
            let rebuilt = sequences.map { $0.scores(stages[place].stage, map: map, scale: c.attn_scale(layer)) }
            let changed = try model.forward(
                batch, capture: [output],
                edits: [
                    attn_scores: { span in
                        for (b, scores) in rebuilt.enumerated() {
                            for head in heads {
                                span.copy(
                                    scores.values.span.extracting(head * T * T..<(head + 1) * T * T), at: (b * H + head) * T * T)
                            }
                        }
                    }
                ])
            stages[place].logits.add(model, batch, own: own[output], changed: changed[output])
            for (b, scores) in rebuilt.enumerated() {
                stages[place].patterns.add(
                    truth: own[attn_scores].values.span.extracting(b * H * T * T..<(b + 1) * H * T * T),
                    reconstruction: scores.values.span, length: T)
            }
        }
    }

    private mutating func count(_ sequence: EncodedSequence) {
        for index in sequence.query.indices { activeQuery[Int(index)] += 1 }
        for index in sequence.key.indices { activeKey[Int(index)] += 1 }
    }

    /// The model's own mean next-token loss in nats; nil for texts of one token.
    public var CE: Double? { zero.CE_model }

    /// The loss with the pattern set to zero.
    public var CE_zero: Double? { zero.CE }

    /// Active query features per token.
    public var L0_query: Double { Double(activeQuery.reduce(0, +)) / Double(max(tokens, 1)) }

    /// Active key features per token.
    public var L0_key: Double { Double(activeKey.reduce(0, +)) / Double(max(tokens, 1)) }

    /// Query features that were active at least once.
    public var liveQuery: Int { activeQuery.count { $0 > 0 } }

    /// Key features that were active at least once.
    public var liveKey: Int { activeKey.count { $0 > 0 } }

    /// [d_sae] the share of tokens at which each query feature was active.
    public var densityQuery: [Double] { activeQuery.map { Double($0) / Double(max(tokens, 1)) } }

    /// [d_sae] the share of tokens at which each key feature was active.
    public var densityKey: [Double] { activeKey.map { Double($0) / Double(max(tokens, 1)) } }

    /// The share of the loss that a stage recovers; nil for texts of one token.
    public func recovered(_ stage: Stage) -> RecoveredShare? {
        guard let CE, let CE_zero, let changed = stage.logits.CE else { return nil }
        return RecoveredShare(CE: changed, CE_model: CE, CE_zero: CE_zero)
    }
}
