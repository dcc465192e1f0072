import Kernels
import Tensors

// One step of a training:
//
// 1. the step's factors from the recipe; the rules by which both sides encode;
// 2. loss and gradient (TranscoderStep), Adam, and what the recipe holds about the decoder's rows;
// 3. the gates: trained thresholds, or the running mean of the smallest activation that was chosen;
// 4. which features were active, which are dead; when it is due, dead ones begin again (Resampling);
// 5. the share of active features decides whether the next step handles them as lists.

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

/// What a step works with and leaves nothing in: the gradient, and the buffers of forward and backward pass.
///
/// Trainings of the same sizes that take turns can share one.
public struct TrainerWorkspace: Sendable {
    fileprivate var stepper = TranscoderStep()
    fileprivate var gradient: TranscoderPair?

    /// Nothing yet; the first step makes room.
    public init() {}
}

/// The training of one dictionary, step by step; it can be saved between any two.
///
/// Holds three times the weights, themselves and Adam's two moments, and a workspace.
public struct TranscoderTrainer: Sendable {
    /// The weights as they stand, with the gates that encode with them afterwards.
    public private(set) var pair: TranscoderPair
    /// How they are trained.
    public let recipe: TrainingRecipe
    private var optimiser: TranscoderOptimiser
    private var thresholds: (query: TrainedThresholds, key: TrainedThresholds)?
    /// What the next step works with.
    public var workspace = TrainerWorkspace()
    private var paths = ActivationPaths()
    private var activity: [FeatureActivity]
    private var generator: RandomGenerator

    /// How far the running mean of the smallest chosen activation goes towards each new one.
    ///
    /// *Source:* sae-lens 6.54, `topk_threshold_lr`.
    private static let thresholdRate: Float = 0.01

    /// A training at its start.
    public init(_ pair: TranscoderPair, recipe: TrainingRecipe, seed: UInt64) {
        (self.pair, self.recipe) = (pair, recipe)
        optimiser = TranscoderOptimiser(for: pair, adam: recipe.adam)
        let (queries, keys) = (pair.query.shape.d_sae, pair.key.shape.d_sae)
        activity = [FeatureActivity(d_sae: queries), FeatureActivity(d_sae: keys)]
        generator = RandomGenerator(seed: seed)
        switch recipe.activation {
        case .relu: (self.pair.query.gate, self.pair.key.gate) = (.positive, .positive)
        case .topk(let k):
            (self.pair.query.gate, self.pair.key.gate) = (.largest(k), .largest(k))
            paths = ActivationPaths(query: .sparse, key: .sparse)
        case .batchtopk:
            self.pair.query.gate = .threshold(Array(repeating: 0, count: queries))
            self.pair.key.gate = .threshold(Array(repeating: 0, count: keys))
            paths = ActivationPaths(query: .sparse, key: .sparse)
        case .jumprelu(let start, _):
            thresholds = (TrainedThresholds(d_sae: queries, start: start), TrainedThresholds(d_sae: keys, start: start))
            takeThresholds()
        }
        holdNorms()
    }

    /// Steps done so far.
    public var steps: Int { optimiser.step }

    /// One step: loss and gradient of the batch, then Adam.
    public mutating func step(_ batch: PatternBatch) -> StepFigures {
        let number = optimiser.step, coefficients = recipe.coefficients(at: number)
        let rate = recipe.schedule.learningRate(at: number), used = paths
        var gradient = workspace.gradient.take() ?? TranscoderPair(zerosLike: pair)
        let terms = workspace.stepper(pair, batch, coefficients, rules(), paths: (used.query, used.key), gradient: &gradient)
        optimiser.apply(gradient, to: &pair, learningRate: rate, movesKeyBias: coefficients.mu > 0)
        workspace.gradient = gradient
        moveGates(learningRate: rate)
        workspace.stepper.noteActivity(&activity, tokens: batch.tokens)
        resampleIfDue(batch)
        holdNorms()
        if terms.L0_q < recipe.sparseDensity * Double(pair.query.shape.d_sae) { paths.query = .sparse }
        if terms.L0_k < recipe.sparseDensity * Double(pair.key.shape.d_sae) { paths.key = .sparse }
        let dead = activity.map { $0.isDead(after: recipe.deadAfterTokens).count { $0 } }
        return StepFigures(
            terms: terms, learningRate: rate, lambda: coefficients.lambda, dead: (dead[0], dead[1]),
            explainedVariance: workspace.stepper.explainedVariance, paths: used)
    }

    /// How both sides encode, beyond their gates.
    private func rules() -> EncodingRules {
        func rule(_ activity: FeatureActivity) -> EncodingRule {
            var rule = EncodingRule()
            if case .batchtopk(let k) = recipe.activation { rule.largestOfBatch = k }
            if case .jumprelu(_, let bandwidth) = recipe.activation { rule.thresholdRadius = bandwidth / 2 }
            if let auxiliary = recipe.auxiliary {
                let isDead = activity.isDead(after: recipe.deadAfterTokens)
                if isDead.contains(true) { (rule.auxiliary, rule.isDead) = (auxiliary.k, isDead) }
            }
            return rule
        }
        return EncodingRules(query: rule(activity[0]), key: rule(activity[1]))
    }

    /// Step 3.
    private mutating func moveGates(learningRate: Float) {
        switch recipe.activation {
        case .relu, .topk: break
        case .batchtopk:
            let isFirst = steps == 1
            Self.move(&pair.query.gate, towards: workspace.stepper.query.smallestChosen, isFirst: isFirst)
            Self.move(&pair.key.gate, towards: workspace.stepper.key.smallestChosen, isFirst: isFirst)
        case .jumprelu:
            let number = steps
            thresholds?.query.apply(workspace.stepper.query.dLogThreshold, recipe.adam, learningRate: learningRate, step: number)
            thresholds?.key.apply(workspace.stepper.key.dLogThreshold, recipe.adam, learningRate: learningRate, step: number)
            takeThresholds()
        }
    }

    private static func move(_ gate: inout FeatureGate, towards smallest: Float, isFirst: Bool) {
        guard case .threshold(let values) = gate, let mean = values.first else { return }
        let moved = isFirst ? smallest : mean + thresholdRate * (smallest - mean)
        gate = .threshold(Array(repeating: moved, count: values.count))
    }

    private mutating func takeThresholds() {
        guard let thresholds else { return }
        (pair.query.gate, pair.key.gate) = (thresholds.query.gate, thresholds.key.gate)
    }

    private mutating func holdNorms() {
        guard recipe.decoderNorm == .unit else { return }
        pair.query.normaliseDecoder()
        pair.key.normaliseDecoder()
    }

    /// Step 4.
    private mutating func resampleIfDue(_ batch: PatternBatch) {
        guard let resampling = recipe.resampling, steps % resampling.every == 0, steps / resampling.every <= resampling.most
        else { return }
        resample(\.query, batch.x, truth: batch.q, reconstruction: workspace.stepper.query.reconstruction, activity: 0)
        resample(\.key, batch.x, truth: batch.k, reconstruction: workspace.stepper.key.reconstruction, activity: 1)
    }

    private mutating func resample(
        _ side: WritableKeyPath<TranscoderPair, Transcoder>, _ x: [Float], truth: [Float], reconstruction: [Float],
        activity index: Int
    ) {
        let isDead = activity[index].isDead(after: recipe.deadAfterTokens)
        let resampling = Resampling(isDead: isDead, x: x, truth: truth, reconstruction: reconstruction)
        let begun = resampling.apply(to: &pair[keyPath: side], decoderNorm: recipe.decoderNorm, using: &generator)
        for feature in begun {
            activity[index].tokensSinceActive[feature] = 0
            optimiser.forget(feature, side: side)
            if index == 0 { thresholds?.query.restart(feature) } else { thresholds?.key.restart(feature) }
        }
        takeThresholds()
    }
}

extension TranscoderTrainer {
    /// The state between two steps.
    public func save() -> TrainerState {
        let header = TrainerState.Header(
            query: pair.query.shape, key: pair.key.shape, step: optimiser.step, paths: paths,
            tokensSinceActive: activity.map(\.tokensSinceActive), generator: generator)
        var buffers: [(name: String, shape: [Int], values: [Float])] = []
        for (name, side, thresholds) in [("query", pair.query, thresholds?.query), ("key", pair.key, thresholds?.key)] {
            for parameter in Transcoder.Parameter.allCases {
                buffers.append(("\(name).\(parameter.rawValue)", side.shape.extents(parameter), side[parameter]))
            }
            if case .threshold(let values) = side.gate { buffers.append(("\(name).threshold", [values.count], values)) }
            for buffer in thresholds?.buffers ?? [] {
                buffers.append(("\(name).\(buffer.name)", [buffer.values.count], buffer.values))
            }
        }
        return TrainerState(
            header: header,
            buffers: buffers + optimiser.buffers.map { (name: $0.name, shape: [$0.values.count], values: $0.values) })
    }

    /// A training that goes on.
    ///
    /// - Throws: ``OptimiserStateError`` where the state lacks a buffer or has one of another size.
    public init(restoring state: TrainerState, recipe: TrainingRecipe) throws {
        let pair = TranscoderPair(query: Transcoder(zeros: state.header.query), key: Transcoder(zeros: state.header.key))
        self.init(pair, recipe: recipe, seed: 0)
        try Self.restore(&self.pair.query, "query", state)
        try Self.restore(&self.pair.key, "key", state)
        try thresholds?.query.restore { try state.buffer("query.\($0)", count: $1) }
        try thresholds?.key.restore { try state.buffer("key.\($0)", count: $1) }
        try optimiser.restore(step: state.header.step) { name in state.buffers.first { $0.name == name }?.values }
        (paths, generator) = (state.header.paths, state.header.generator)
        for (side, tokens) in state.header.tokensSinceActive.enumerated() where side < activity.count {
            guard tokens.count == activity[side].tokensSinceActive.count else {
                throw OptimiserStateError(
                    buffer: "tokensSinceActive", expected: activity[side].tokensSinceActive.count, found: tokens.count)
            }
            activity[side].tokensSinceActive = tokens
        }
    }

    private static func restore(_ side: inout Transcoder, _ name: String, _ state: TrainerState) throws {
        for parameter in Transcoder.Parameter.allCases {
            side[parameter] = try state.buffer("\(name).\(parameter.rawValue)", count: side[parameter].count)
        }
        if case .threshold(let values) = side.gate {
            side.gate = .threshold(try state.buffer("\(name).threshold", count: values.count))
        }
    }
}
