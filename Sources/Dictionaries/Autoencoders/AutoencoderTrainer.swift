import Kernels
import Tensors

// One step of a training:
//
// 1. loss, gradient and Adam, on lists (AutoencoderStep) or with every activation (AutoencoderGradient);
// 2. the gates: trained thresholds, or the running mean of the smallest activation that was chosen;
// 3. which features were active; the share of active ones decides how the next step handles them;
// 4. when it is due, the caller draws tokens from fresh batches and lets dead features begin again there.

/// One step's figures.
public struct AutoencoderFigures: Sendable, Equatable {
    /// Σ‖ẑ − z‖², mean over tokens.
    public var mse = 0.0
    /// Σ f, or with trained thresholds the number of active features, mean over tokens.
    public var sparsity = 0.0
    /// The share of the variance that the dead features' reconstructions of the error leave; 0 where none is dead.
    public var auxiliary = 0.0
    /// The weighted sum.
    public var loss = 0.0
    /// Active features per token.
    public var L0 = 0.0
    /// 1 − Σ‖ẑ − z‖²/Σ‖z − mean z‖² over the batch.
    public var explainedVariance = 0.0
    /// How many features are dead; see ``AutoencoderRecipe/deadAfterTokens``.
    public var dead = 0
    /// The step's learning rate.
    public var learningRate: Float = 0
    /// The step's λ.
    public var lambda: Float = 0
    /// How the activations were handled.
    public var path = ActivationPath.sparse
}

/// The training of one sparse autoencoder, step by step; it can be saved between any two.
///
/// Holds twice the weights, themselves and Adam's second moments, and a workspace.
public struct AutoencoderTrainer: Sendable {
    /// How it is trained.
    public let recipe: AutoencoderRecipe
    /// What the next step works with.
    public var workspace = AutoencoderWorkspace()
    /// Steps done so far.
    public private(set) var steps = 0
    private var weights: AutoencoderWeights
    private var thresholds: TrainedThresholds?
    private var path: ActivationPath
    private var activity: FeatureActivity
    /// [F] at how many tokens each feature was active since dead ones last began again, and how many tokens that is.
    private var firings: [Int]
    private var tokensCounted = 0
    /// The step before which dead features last began again.
    private var restart = 0
    private var generator: RandomGenerator

    /// The weights as they stand, with the gate that encodes with them afterwards.
    public var autoencoder: Autoencoder { weights.autoencoder }

    /// How far the running mean of the smallest chosen activation goes towards each new one.
    ///
    /// *Source:* sae-lens 6.54, `topk_threshold_lr`.
    private static let thresholdRate: Float = 0.01

    /// A training at its start.
    public init(_ autoencoder: Autoencoder, recipe: AutoencoderRecipe, seed: UInt64) {
        let F = autoencoder.shape.d_sae
        self.recipe = recipe
        weights = AutoencoderWeights(autoencoder)
        activity = FeatureActivity(d_sae: F)
        firings = Array(repeating: 0, count: F)
        generator = RandomGenerator(seed: seed)
        switch recipe.activation {
        case .relu: (weights.autoencoder.gate, path) = (.positive, .dense)
        case .topk(let k): (weights.autoencoder.gate, path) = (.largest(k), .sparse)
        case .batchtopk: (weights.autoencoder.gate, path) = (.threshold(Array(repeating: 0, count: F)), .sparse)
        case .jumprelu(let start, _):
            let trained = TrainedThresholds(d_sae: F, start: start)
            (thresholds, weights.autoencoder.gate, path) = (trained, trained.gate, .dense)
        }
    }

    /// One step.
    ///
    /// - Parameter z: [N, D].
    public mutating func step(_ z: [Float]) -> AutoencoderFigures {
        let D = weights.autoencoder.shape.d_in, N = z.count / D
        precondition(N > 0 && z.count == N * D, "\(z.count) elements are not rows of d_in \(D)")
        var figures = AutoencoderFigures()
        let rule = rule(variance: totalVariance(z.span, columns: D), &figures)
        let sums: AutoencoderSums, dLogThreshold: [Float]
        if path == .dense {
            (sums, dLogThreshold) = workspace.stepDense(&weights, z, rule)
        } else {
            let found = workspace.stepSparse(&weights, z, rule)
            (sums, dLogThreshold) = (found.sums, found.dLogThreshold)
            if case .batchtopk = recipe.activation { moveThreshold(towards: found.smallestChosen) }
        }
        steps += 1
        if thresholds != nil {
            let adam = Adam(beta1: 0, beta2: recipe.adam.beta2, epsilon: recipe.adam.epsilon)
            thresholds?.apply(dLogThreshold, adam, learningRate: rule.learningRate, step: steps)
            takeThresholds()
        }
        note(sums.firings, tokens: N)
        fill(&figures, sums, rule, tokens: N)
        choosePath(figures.L0)
        return figures
    }

    /// What the step is told; its numbers join the figures.
    private func rule(variance: Double, _ figures: inout AutoencoderFigures) -> AutoencoderStepRule {
        var rule = AutoencoderStepRule(
            lambda: recipe.lambda(at: steps), adam: recipe.adam,
            learningRate: recipe.learningRate(at: steps, restart: restart), number: steps + 1)
        rule.variance = variance
        switch recipe.activation {
        case .relu: break
        case .topk, .batchtopk:
            if case .batchtopk(let k) = recipe.activation { rule.encoding.largestOfBatch = k }
            if let auxiliary = recipe.auxiliary {
                let isDead = activity.isDead(after: recipe.deadAfterTokens)
                if isDead.contains(true) { (rule.encoding.auxiliary, rule.encoding.isDead) = (auxiliary.k, isDead) }
                rule.auxiliary = auxiliary.weight
            }
        case .jumprelu(_, let bandwidth):
            rule.bandwidth = bandwidth
            rule.encoding.thresholdRadius = bandwidth / 2
        }
        (figures.learningRate, figures.lambda, figures.path) = (rule.learningRate, rule.lambda, path)
        return rule
    }

    private func fill(_ figures: inout AutoencoderFigures, _ sums: AutoencoderSums, _ rule: AutoencoderStepRule, tokens N: Int) {
        figures.mse = sums.squaredError / Double(N)
        figures.L0 = Double(sums.active) / Double(N)
        figures.sparsity = rule.bandwidth == nil ? sums.activations / Double(N) : figures.L0
        figures.auxiliary = sums.auxiliary
        figures.loss = figures.mse + Double(rule.lambda) * figures.sparsity + Double(rule.auxiliary) * sums.auxiliary
        figures.explainedVariance = rule.variance > 0 ? 1 - sums.squaredError / rule.variance : 0
        figures.dead = activity.isDead(after: recipe.deadAfterTokens).count { $0 }
    }

    private mutating func note(_ fired: [Int], tokens: Int) {
        for feature in fired.indices {
            activity.tokensSinceActive[feature] = fired[feature] > 0 ? 0 : activity.tokensSinceActive[feature] + tokens
            firings[feature] += fired[feature]
        }
        tokensCounted += tokens
    }

    /// Lists for few active features; the largest k are few in any case.
    private mutating func choosePath(_ L0: Double) {
        switch recipe.activation {
        case .topk, .batchtopk: return
        case .relu, .jumprelu: break
        }
        path = L0 < recipe.sparseDensity * Double(weights.autoencoder.shape.d_sae) ? .sparse : .dense
        if path == .sparse { workspace.forgetDense() }
    }

    private mutating func moveThreshold(towards smallest: Float) {
        guard case .threshold(let values) = weights.autoencoder.gate, let mean = values.first else { return }
        let moved = steps == 0 ? smallest : mean + Self.thresholdRate * (smallest - mean)
        weights.autoencoder.gate = .threshold(Array(repeating: moved, count: values.count))
    }

    private mutating func takeThresholds() {
        if let thresholds { weights.autoencoder.gate = thresholds.gate }
    }
}

extension AutoencoderTrainer {
    /// Whether dead features are to begin again before the next step.
    public var isResamplingDue: Bool {
        guard let resampling = recipe.resampling, steps > 0, steps < recipe.steps else { return false }
        return steps % resampling.every == 0 && steps / resampling.every <= resampling.most && restart < steps
    }

    /// Which features have hardly been active since dead ones last began again.
    private var isHardlyActive: [Bool] {
        let most = (recipe.resampling?.deadFrequency ?? 0) * Double(tokensCounted)
        return firings.map { Double($0) <= most }
    }

    /// Begins to draw tokens for the dead features; nil if there are none, which ends the matter.
    public mutating func beginResampling() -> ResamplingDraw? {
        let dead = isHardlyActive.count { $0 }
        guard dead > 0 else {
            endCounting()
            return nil
        }
        return ResamplingDraw(wanted: dead, width: weights.autoencoder.shape.d_in, generator: generator)
    }

    /// Offers the tokens of a batch to a draw.
    public mutating func offer(_ z: [Float], to draw: inout ResamplingDraw) {
        draw.add(z, squaredErrors: workspace.squaredErrors(weights.autoencoder, z))
    }

    /// Lets the dead features begin again at the tokens drawn.
    ///
    /// - Returns: Those that did.
    @discardableResult public mutating func finishResampling(_ draw: ResamplingDraw) -> [Int] {
        let begun = weights.restart(isHardlyActive, at: draw.tokens)
        for feature in begun {
            activity.tokensSinceActive[feature] = 0
            thresholds?.restart(feature)
        }
        takeThresholds()
        generator = draw.end
        endCounting()
        return begun
    }

    private mutating func endCounting() {
        firings = Array(repeating: 0, count: firings.count)
        (tokensCounted, restart) = (0, steps)
    }
}

extension AutoencoderTrainer {
    /// Everything that a training needs to go on where it was left, bit for bit.
    public struct State: Sendable {
        /// The small values.
        public struct Header: Sendable, Equatable, Codable {
            /// The sizes.
            public let shape: AutoencoderShape
            let step, restart, tokensCounted: Int
            let path: ActivationPath
            let tokensSinceActive, firings: [Int]
            let idle: [Int32]
            let generator: RandomGenerator
        }

        /// The small values.
        public let header: Header
        /// Weights and moments by name.
        public let buffers: [(name: String, shape: [Int], values: [Float])]

        /// A state from its parts.
        public init(header: Header, buffers: [(name: String, shape: [Int], values: [Float])]) {
            (self.header, self.buffers) = (header, buffers)
        }

        fileprivate func buffer(_ name: String, count: Int) throws -> [Float] {
            let found = buffers.first { $0.name == name }?.values
            guard let found, found.count == count else {
                throw OptimiserStateError(buffer: name, expected: count, found: found?.count)
            }
            return found
        }
    }

    /// The state between two steps.
    public func save() -> State {
        let header = State.Header(
            shape: autoencoder.shape, step: steps, restart: restart, tokensCounted: tokensCounted, path: path,
            tokensSinceActive: activity.tokensSinceActive, firings: firings, idle: weights.idle, generator: generator)
        let (D, F) = (autoencoder.shape.d_in, autoencoder.shape.d_sae)
        var buffers = autoencoder.buffers
        buffers += [
            ("W_enc.second", [F, D], weights.moments.W_enc), ("b_enc.second", [F], weights.moments.b_enc),
            ("W_dec.second", [F, D], weights.moments.W_dec), ("b_dec.second", [D], weights.b_decMoment),
        ]
        buffers += (thresholds?.buffers ?? []).map { ($0.name, [$0.values.count], $0.values) }
        return State(header: header, buffers: buffers)
    }

    /// A training that goes on.
    ///
    /// - Throws: ``OptimiserStateError`` where the state lacks a buffer or has one of another size.
    public init(restoring state: State, recipe: AutoencoderRecipe) throws {
        let header = state.header, (D, F) = (header.shape.d_in, header.shape.d_sae)
        self.init(Autoencoder(zeros: header.shape), recipe: recipe, seed: 0)
        for (name, count) in [
            ("tokensSinceActive", header.tokensSinceActive.count), ("firings", header.firings.count), ("idle", header.idle.count),
        ] where count != F {
            throw OptimiserStateError(buffer: name, expected: F, found: count)
        }
        weights.autoencoder.features.W_enc = try state.buffer("W_enc", count: F * D)
        weights.autoencoder.features.b_enc = try state.buffer("b_enc", count: F)
        weights.autoencoder.features.W_dec = try state.buffer("W_dec", count: F * D)
        weights.autoencoder.b_dec = try state.buffer("b_dec", count: D)
        weights.moments.W_enc = try state.buffer("W_enc.second", count: F * D)
        weights.moments.b_enc = try state.buffer("b_enc.second", count: F)
        weights.moments.W_dec = try state.buffer("W_dec.second", count: F * D)
        weights.b_decMoment = try state.buffer("b_dec.second", count: D)
        if case .threshold = weights.autoencoder.gate {
            weights.autoencoder.gate = .threshold(try state.buffer("threshold", count: F))
        }
        try thresholds?.restore { try state.buffer($0, count: $1) }
        (steps, restart, tokensCounted, path) = (header.step, header.restart, header.tokensCounted, header.path)
        (activity.tokensSinceActive, firings, weights.idle) = (header.tokensSinceActive, header.firings, header.idle)
        generator = header.generator
    }
}
