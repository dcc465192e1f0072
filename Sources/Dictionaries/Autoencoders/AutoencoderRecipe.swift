import Glibc
public import Kernels

/// How a sparse autoencoder is trained: everything that its numbers depend on besides the data and the seed.
public struct AutoencoderRecipe: Sendable, Equatable, Codable {
    /// How features are chosen while training, and what keeps them few.
    public enum Activation: Sendable, Equatable, Codable {
        /// Those with positive pre-activations; λ Σ f keeps them few.
        ///
        /// *Source:* Bricken et al. 2023, "Towards monosemanticity".
        case relu
        /// The k largest of each token.
        ///
        /// *Source:* Gao et al. 2024.
        case topk(k: Int)
        /// The k largest per token of the whole batch; afterwards those above the running mean of the smallest that were chosen.
        ///
        /// *Source:* Bussmann et al. 2024.
        case batchtopk(k: Int)
        /// Those above thresholds that are trained, from a first one, with the kernel of this bandwidth; λ weighs their number.
        ///
        /// *Source:* Rajamanoharan et al. 2024.
        case jumprelu(threshold: Float, bandwidth: Float)
    }

    /// How the learning rate rises.
    public enum WarmUp: Sendable, Equatable, Codable {
        /// In a line from 0 over so many steps.
        case linear(steps: Int)
        /// Along half a period of the cosine from a tenth over so many steps, and again after each resampling.
        ///
        /// *Source:* specification 3.2.
        case cosine(steps: Int)
    }

    /// How dead features begin again.
    ///
    /// *Source:* specification 3.3.
    public struct Resampling: Sendable, Equatable, Codable {
        /// After every so many steps.
        public var every: Int
        /// So many times at most.
        public var most: Int
        /// A feature is dead that was active at no more than this share of the tokens since the last time.
        public var deadFrequency: Double
        /// How many batches the tokens are drawn from at which dead features begin again.
        public var batches: Int

        /// The published numbers.
        public init(every: Int = 25_000, most: Int = 4, deadFrequency: Double = 1e-6, batches: Int = 100) {
            (self.every, self.most, self.deadFrequency, self.batches) = (every, most, deadFrequency, batches)
        }
    }

    /// The number of steps.
    public var steps: Int
    /// Adam's step size after its rise.
    public var learningRate: Float
    /// λ per token.
    public var lambda: Float = 0
    /// The share of the steps over which λ rises in a line.
    public var lambdaShare = 0.0
    /// How features are chosen.
    public var activation: Activation
    /// How the learning rate rises.
    public var warmUp = WarmUp.linear(steps: 1000)
    /// The share of the steps, the last ones, over which the learning rate falls in a line.
    public var decayShare = 0.2
    /// Adam's settings.
    public var adam = SecondMoment()
    /// Where the weights begin.
    public var start = Autoencoder.Start.tied
    /// How dead features learn from the error, if they do.
    public var auxiliary: TrainingRecipe.Auxiliary?
    /// How dead features begin again, if they do.
    public var resampling: Resampling?
    /// The share of active features below which a step handles them as lists.
    ///
    /// *Source:* measured with `qklens-bench sae --tokens 1024 --d_sae 8192 --threads 1` and several `--active`, in units of the encoder's
    /// product: with lists a step takes 1.5, 1.8, 2.3 and 3.2 at 0.2, 1, 2 and 4 %, about 0.45 more for each per cent; with every
    /// activation it takes 5.6 to 6.3.
    public var sparseDensity = 0.08
    /// A feature counts as dead when it has not been active for so many tokens.
    ///
    /// *Source:* sae-lens's `dead_feature_window` of 1000 steps, in its tokens.
    public var deadAfterTokens = 1000 * 4096

    /// A recipe.
    public init(steps: Int, learningRate: Float, activation: Activation) {
        precondition(steps > 0, "a training of \(steps) steps")
        (self.steps, self.learningRate, self.activation) = (steps, learningRate, activation)
    }

    /// The learning rate of step `step`.
    ///
    /// - Parameters:
    ///   - step: Counted from 0.
    ///   - restart: The step before which dead features last began again; 0 if they never have.
    public func learningRate(at step: Int, restart: Int) -> Float {
        let rise: Double
        switch warmUp {
        case .linear(let count): rise = count > 0 ? min(1, Double(step + 1) / Double(count)) : 1
        case .cosine(let count):
            let share = count > 0 ? min(1, Double(step - restart) / Double(count)) : 1
            rise = Self.leastRise + (1 - Self.leastRise) * 0.5 * (1 - cos(Double.pi * share))
        }
        let fall = decayShare > 0 ? min(1, Double(steps - step) / (decayShare * Double(steps))) : 1
        return Float(Double(learningRate) * rise * fall)
    }

    /// *Source:* specification 3.2, "0.1 to 1".
    private static let leastRise = 0.1

    /// λ at step `step`, counted from 0.
    public func lambda(at step: Int) -> Float {
        lambdaShare > 0 ? lambda * Float(min(1, Double(step) / (lambdaShare * Double(steps)))) : lambda
    }
}

/// The published runs' settings and others that are usual.
extension AutoencoderRecipe {
    /// The attention-output autoencoders of GPT-2 small: ReLU, L1, resampling.
    ///
    /// *Source:* specification 3.2 and 3.3.
    public static func kissane2024(steps: Int) -> AutoencoderRecipe {
        var recipe = AutoencoderRecipe(steps: steps, learningRate: 1.2e-3, activation: .relu)
        recipe.lambda = 1
        recipe.adam = SecondMoment(beta2: 0.9999)
        (recipe.warmUp, recipe.decayShare) = (.cosine(steps: 1000), 0)
        recipe.start = .independent
        recipe.resampling = Resampling()
        return recipe
    }

    /// The k largest of each token.
    ///
    /// *Source:* Gao et al. 2024: k 32, 512 auxiliary features, 1/32; the learning rate is dictionary_learning's for 2¹⁴ features.
    public static func topk(steps: Int) -> AutoencoderRecipe {
        var recipe = AutoencoderRecipe(steps: steps, learningRate: 2e-4, activation: .topk(k: 32))
        recipe.auxiliary = .init(k: 512)
        return recipe
    }

    /// The k largest per token of the batch.
    ///
    /// *Source:* Bussmann et al. 2024: k 32, 3e-4, 512 auxiliary features, 1/32.
    public static func batchtopk(steps: Int) -> AutoencoderRecipe {
        var recipe = AutoencoderRecipe(steps: steps, learningRate: 3e-4, activation: .batchtopk(k: 32))
        recipe.auxiliary = .init(k: 512)
        return recipe
    }

    /// Trained thresholds.
    ///
    /// *Source:* Rajamanoharan et al. 2024: 7e-5, threshold and bandwidth 0.001; λ rises over 10,000 of about 200,000 steps.
    public static func jumprelu(steps: Int) -> AutoencoderRecipe {
        var recipe = AutoencoderRecipe(
            steps: steps, learningRate: 7e-5, activation: .jumprelu(threshold: 0.001, bandwidth: 0.001))
        (recipe.lambda, recipe.lambdaShare) = (1e-3, 0.05)
        return recipe
    }

    /// An autoencoder of the embedded model in a minute.
    ///
    /// *Source:* the learning rate was compared on the four layers' z, 1500 steps of 2048 tokens: at 3e-3 the explained variances are 0.946,
    /// 0.896, 0.901 and 0.889 with 273, 241, 371 and 404 live features of 1024, at 1e-3 0.938, 0.889, 0.885 and 0.873 with 454, 333, 540
    /// and 580. The features that die are not missed: more live ones reconstruct less.
    public static func demo(steps: Int) -> AutoencoderRecipe {
        var recipe = AutoencoderRecipe(steps: steps, learningRate: 3e-3, activation: .batchtopk(k: 8))
        recipe.warmUp = .linear(steps: min(100, steps))
        recipe.auxiliary = .init(k: 64)
        recipe.deadAfterTokens = 100 * 2048
        return recipe
    }
}
