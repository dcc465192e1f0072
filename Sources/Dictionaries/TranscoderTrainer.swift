public import Tensors

/// One step's figures.
public struct StepFigures: Sendable, Equatable {
    /// The terms of the loss, and how many features were active.
    public var terms: LossTerms
    /// The step's learning rate.
    public var learningRate: Float
    /// The step's λ.
    public var lambda: Float
    /// How many features of each side are dead; see ``TrainingRecipe/deadAfterTokens``.
    public var dead: (query: Int, key: Int)
    /// 1 − Σ‖ŷ − y‖²/Σ‖y − mean y‖² over the batch, of each side.
    public var explainedVariance: (query: Double, key: Double)
    /// How each side's activations were handled.
    public var paths: ActivationPaths

    /// Whether all figures are equal, bit for bit.
    public static func == (a: StepFigures, b: StepFigures) -> Bool {
        a.terms == b.terms && a.learningRate == b.learningRate && a.lambda == b.lambda && a.dead == b.dead
            && a.explainedVariance == b.explainedVariance && a.paths == b.paths
    }
}

/// How the two sides handle their activations.
public struct ActivationPaths: Sendable, Equatable, Codable {
    /// The query side.
    public var query: ActivationPath
    /// The key side.
    public var key: ActivationPath

    /// Two paths.
    public init(query: ActivationPath = .dense, key: ActivationPath = .dense) { (self.query, self.key) = (query, key) }
}

/// Everything that a training needs to go on where it was left, bit for bit.
public struct TrainerState: Sendable {
    /// The small values.
    public struct Header: Sendable, Equatable, Codable {
        /// The sizes of the two sides.
        public let query, key: TranscoderShape
        /// Steps done.
        public let step: Int
        /// How the activations are handled from here on.
        public let paths: ActivationPaths
        /// For each feature of each side, how many tokens ago it was last active.
        public let tokensSinceActive: [[Int]]
        /// The source of the training's randomness.
        public let generator: RandomGenerator
    }

    /// The small values.
    public let header: Header
    /// Weights and moments by name.
    public let buffers: [(name: String, shape: [Int], values: [Float])]

    /// A state from its parts.
    public init(header: Header, buffers: [(name: String, shape: [Int], values: [Float])]) {
        (self.header, self.buffers) = (header, buffers)
    }
}

/// The training of one dictionary, step by step; it can be saved between any two.
///
/// Holds four times the weights: themselves, their gradient, and Adam's two moments.
public struct TranscoderTrainer: Sendable {
    /// The weights as they stand.
    public private(set) var pair: TranscoderPair
    /// How they are trained.
    public let recipe: TrainingRecipe
    private var optimiser: TranscoderOptimiser
    private var gradient: TranscoderPair
    private var stepper = TranscoderStep()
    private var paths = ActivationPaths()
    private var activity: [FeatureActivity]
    private var generator: RandomGenerator

    /// A training at its start.
    public init(_ pair: TranscoderPair, recipe: TrainingRecipe, seed: UInt64) {
        (self.pair, self.recipe) = (pair, recipe)
        optimiser = TranscoderOptimiser(for: pair)
        gradient = TranscoderPair(zerosLike: pair)
        activity = [FeatureActivity(d_sae: pair.query.shape.d_sae), FeatureActivity(d_sae: pair.key.shape.d_sae)]
        generator = RandomGenerator(seed: seed)
    }

    /// Steps done so far.
    public var steps: Int { optimiser.step }

    /// One step: loss and gradient of the batch, then Adam.
    public mutating func step(_ batch: PatternBatch) -> StepFigures {
        let number = optimiser.step
        var coefficients = recipe.schedule.coefficients(at: number)
        coefficients.epsilon = recipe.epsilon
        let rate = recipe.schedule.learningRate(at: number), used = paths
        let terms = stepper(pair, batch, coefficients, paths: (used.query, used.key), gradient: &gradient)
        optimiser.apply(gradient, to: &pair, learningRate: rate, movesKeyBias: coefficients.mu > 0)
        stepper.noteActivity(&activity, tokens: batch.tokens)
        if terms.L0_q < recipe.sparseDensity * Double(pair.query.shape.d_sae) { paths.query = .sparse }
        if terms.L0_k < recipe.sparseDensity * Double(pair.key.shape.d_sae) { paths.key = .sparse }
        let dead = activity.map { $0.dead(after: recipe.deadAfterTokens) }
        return StepFigures(
            terms: terms, learningRate: rate, lambda: coefficients.lambda, dead: (dead[0], dead[1]),
            explainedVariance: stepper.explainedVariance, paths: used)
    }

    /// The state between two steps.
    public func save() -> TrainerState {
        let header = TrainerState.Header(
            query: pair.query.shape, key: pair.key.shape, step: optimiser.step, paths: paths,
            tokensSinceActive: activity.map(\.tokensSinceActive), generator: generator)
        let weights = [("query", pair.query), ("key", pair.key)].flatMap { name, side in
            Transcoder.Parameter.allCases.map { parameter in
                (name: "\(name).\(parameter.rawValue)", shape: side.shape.extents(parameter), values: side[parameter])
            }
        }
        return TrainerState(
            header: header,
            buffers: weights + optimiser.buffers.map { (name: $0.name, shape: [$0.values.count], values: $0.values) })
    }

    /// A training that goes on.
    ///
    /// - Throws: ``OptimiserStateError`` where the state lacks a buffer or has one of another size.
    public init(restoring state: TrainerState, recipe: TrainingRecipe) throws {
        let buffers = Dictionary(state.buffers.map { ($0.name, $0.values) }) { first, _ in first }
        var pair = TranscoderPair(query: Transcoder(zeros: state.header.query), key: Transcoder(zeros: state.header.key))
        for parameter in Transcoder.Parameter.allCases {
            func saved(_ side: String, _ expected: Int) throws -> [Float] {
                let name = "\(side).\(parameter.rawValue)"
                guard let found = buffers[name], found.count == expected else {
                    throw OptimiserStateError(buffer: name, expected: expected, found: buffers[name]?.count)
                }
                return found
            }
            pair.query[parameter] = try saved("query", pair.query[parameter].count)
            pair.key[parameter] = try saved("key", pair.key[parameter].count)
        }
        self.init(pair, recipe: recipe, seed: 0)
        try optimiser.restore(step: state.header.step) { buffers[$0] }
        (paths, generator) = (state.header.paths, state.header.generator)
        for (side, tokens) in state.header.tokensSinceActive.enumerated() where side < activity.count {
            activity[side].tokensSinceActive = tokens
        }
    }
}

/// When each feature of a side was last active.
struct FeatureActivity: Sendable {
    /// [F] how many tokens ago.
    var tokensSinceActive: [Int]

    /// No feature has been active, and no token has been read.
    init(d_sae: Int) { tokensSinceActive = Array(repeating: 0, count: d_sae) }

    /// How many features have not been active for more than `tokens` tokens.
    func dead(after tokens: Int) -> Int { tokensSinceActive.count { $0 > tokens } }
}

extension TranscoderShape {
    /// The extents of a parameter.
    public func extents(_ parameter: Transcoder.Parameter) -> [Int] {
        switch parameter {
        case .W_enc: [d_model, d_sae]
        case .b_enc: [d_sae]
        case .W_dec: [d_sae, d_out]
        case .b_in: [d_model]
        case .b_out: [d_out]
        }
    }
}
