public import Kernels

/// How a dictionary is trained: everything that its numbers depend on besides the data and the seed.
public struct TrainingRecipe: Sendable, Equatable, Codable {
    /// How features are chosen while training, and what keeps them few.
    public enum Activation: Sendable, Equatable, Codable {
        /// Those with positive pre-activations; the penalty keeps them few.
        case relu(SparsityPenalty)
        /// The k largest of each token.
        case topk(k: Int)
        /// The k largest per token of the whole batch; afterwards those above the running mean of the smallest that were chosen.
        case batchtopk(k: Int)
        /// Those above thresholds that are trained, from a first one, with the kernel of this bandwidth; λ weighs their number.
        case jumprelu(threshold: Float, bandwidth: Float)
    }

    /// How dead features learn from what the live ones leave.
    ///
    /// *Source:* Gao et al. 2024, appendix A.2.
    public struct Auxiliary: Sendable, Equatable, Codable {
        /// How many dead features take part at each token.
        public var k: Int
        /// The loss's weight.
        public var weight: Float

        /// The published weight, 1/32.
        public init(k: Int, weight: Float = 1 / 32) { (self.k, self.weight) = (k, weight) }
    }

    /// How dead features begin again.
    ///
    /// *Source:* specification 3.3.
    public struct Resampling: Sendable, Equatable, Codable {
        /// After every so many steps.
        public var every: Int
        /// So many times at most.
        public var most: Int

        /// The published numbers: every 25,000 steps, four times.
        public init(every: Int = 25_000, most: Int = 4) { (self.every, self.most) = (every, most) }
    }

    /// The learning rate, λ and μ at each step.
    public var schedule: TrainingSchedule
    /// How features are chosen.
    public var activation: Activation
    /// ε under the penalty's root.
    public var epsilon: Float
    /// What is held about the norms of W_dec's rows.
    public var decoderNorm = DecoderNorm.free
    /// Adam's settings.
    public var adam = Adam()
    /// How dead features learn, if they do.
    public var auxiliary: Auxiliary?
    /// How dead features begin again, if they do.
    public var resampling: Resampling?
    /// The share of active features below which a side's activations are handled as lists, from then on.
    ///
    /// *Source:* measured, Tests/Performance: dense products and lists take equally long at about this share.
    public var sparseDensity = 0.1
    /// A feature counts as dead when it has not been active for so many tokens.
    ///
    /// *Source:* SAELens's `dead_feature_window` of 1000 steps, in its tokens.
    public var deadAfterTokens = 1000 * 4096

    /// A recipe with a schedule.
    public init(schedule: TrainingSchedule, activation: Activation = .relu(.root), epsilon: Float = 1e-6) {
        (self.schedule, self.activation, self.epsilon) = (schedule, activation, epsilon)
    }

    /// The number of steps.
    public var steps: Int { schedule.steps }

    /// What λ weighs.
    public var penalty: SparsityPenalty {
        switch activation {
        case .relu(let penalty): penalty
        case .topk, .batchtopk: .none
        case .jumprelu: .count
        }
    }

    /// The loss's factors at step `step`.
    public func coefficients(at step: Int) -> StepCoefficients {
        var coefficients = schedule.coefficients(at: step)
        coefficients.penalty = penalty
        coefficients.epsilon = epsilon
        coefficients.decoderNorm = decoderNorm
        coefficients.auxiliary = auxiliary?.weight ?? 0
        if case .jumprelu(_, let bandwidth) = activation { coefficients.bandwidth = bandwidth }
        return coefficients
    }
}

/// The published runs' settings and ours.
///
/// *Source:* specification 1.4; λ there is a factor of the sum over a batch of 2048 tokens.
extension TrainingRecipe {
    private static let publishedBatch: Float = 2048

    /// The first published runs: ReLU, √, rows of unit norm, a small constant learning rate.
    public static func asPublished(steps: Int) -> TrainingRecipe {
        var schedule = TrainingSchedule(steps: steps, learningRate: 1e-5, lambda: 4e-6 * publishedBatch)
        (schedule.warmUp, schedule.decay, schedule.lambdaShare) = (.steps(0), .none, 0)
        var recipe = TrainingRecipe(schedule: schedule, epsilon: 1e-7)
        recipe.decoderNorm = .unit
        return recipe
    }

    /// The runs of August 2024: free rows, a hundred times the learning rate, warmed up and let down along a cosine.
    public static func published2024_08(steps: Int) -> TrainingRecipe {
        var schedule = TrainingSchedule(steps: steps, learningRate: 1e-3, lambda: 1.5e-6 * publishedBatch)
        (schedule.warmUp, schedule.decay, schedule.lambdaShare) = (.steps(5000), .cosine, 0)
        return TrainingRecipe(schedule: schedule, epsilon: 1e-7)
    }

    /// Ours: sixteen features per token and side by BatchTopK, with both cures for dead features.
    public static func recommended(steps: Int) -> TrainingRecipe {
        var schedule = TrainingSchedule(steps: steps, learningRate: 3e-4, lambda: 0)
        schedule.warmUp = .steps(1000)
        var recipe = TrainingRecipe(schedule: schedule, activation: .batchtopk(k: 16))
        recipe.auxiliary = Auxiliary(k: 512)  // Gao et al. 2024, appendix A.2
        recipe.resampling = Resampling()
        return recipe
    }

    /// A dictionary of the embedded model in a minute: ReLU, √, a large learning rate.
    public static func demo(steps: Int) -> TrainingRecipe {
        TrainingRecipe(schedule: TrainingSchedule(steps: steps, learningRate: 4e-3, lambda: 1e-2))
    }
}
