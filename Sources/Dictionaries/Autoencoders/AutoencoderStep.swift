import Kernels
import Tensors

// One step on lists:
//
// 1. x = z − b_dec; active features by token (AutoencoderEncoder).
// 2. dẑ = 2(ẑ − z)/N token by token, and ‖ẑ − z‖²; the dead features' reconstruction of what is left, where that is wanted.
// 3. The lists sorted by feature; then each feature's gradients, projection, Adam and norm in one pass over its rows (Kernels/FeatureRows).

/// What a step works with and leaves nothing in; trainings of the same sizes that take turns can share one.
public struct AutoencoderWorkspace: Sendable {
    fileprivate var encoder = AutoencoderEncoder()
    /// [N, D] z − b_dec.
    fileprivate var x: [Float] = []
    /// [N, D] dẑ.
    fileprivate var gradient: [Float] = []
    /// [N, D] the dead features' part of it.
    fileprivate var auxiliary: [Float] = []
    fileprivate var byFeature = FeatureColumns()
    fileprivate var auxiliaryByFeature = FeatureColumns()
    /// [N] ‖ẑ − z‖².
    fileprivate var squares: [Float] = []
    /// Where lists are too long.
    fileprivate var dense: AutoencoderGradient?

    /// Nothing yet; the first step makes room.
    public init() {}
}

/// What one step is told.
struct AutoencoderStepRule: Sendable {
    var encoding = EncodingRule()
    var lambda: Float
    /// The thresholds' bandwidth, where they are trained.
    var bandwidth: Float?
    /// The weight of the auxiliary loss.
    var auxiliary: Float = 0
    /// Σ‖z − mean z‖².
    var variance = 0.0
    var adam: SecondMoment
    var learningRate: Float
    /// Counted from 1.
    var number: Int

    /// What the penalty adds to an activation's gradient, N times.
    var slope: Float { bandwidth == nil ? lambda : 0 }
}

/// The weights of a training with what goes with them.
struct AutoencoderWeights: Sendable {
    var autoencoder: Autoencoder
    var moments: FeatureBuffers
    var b_decMoment: [Float]
    /// [F] the steps that each feature's moments have missed.
    var idle: [Int32]

    init(_ autoencoder: Autoencoder) {
        self.autoencoder = autoencoder
        moments = FeatureBuffers(zeros: autoencoder.shape.d_sae, width: autoencoder.shape.d_in)
        b_decMoment = Array(repeating: 0, count: autoencoder.shape.d_in)
        idle = Array(repeating: 0, count: autoencoder.shape.d_sae)
    }

    /// Adam at b_dec.
    mutating func stepBias(_ gradient: [Float], _ rule: AutoencoderStepRule) {
        rule.adam.step(
            &autoencoder.b_dec, gradient: gradient, second: &b_decMoment, learningRate: rule.learningRate, step: rule.number)
    }
}

extension AutoencoderWorkspace {
    /// One step on lists.
    ///
    /// - Returns: The step's sums, the smallest activation that was chosen, and the gradient at the thresholds' logarithms.
    mutating func stepSparse(
        _ weights: inout AutoencoderWeights, _ z: [Float], _ rule: AutoencoderStepRule
    ) -> (sums: AutoencoderSums, smallestChosen: Float, dLogThreshold: [Float]) {
        let shape = weights.autoencoder.shape, N = z.count / shape.d_in, factor = 2 / Float(N)
        let found = encode(weights.autoencoder, z, rule.encoding)
        resize(&gradient, z.count, filler: 0)
        resize(&squares, N, filler: 0)
        reconstructionError(
            found.active, W_dec: weights.autoencoder.features.W_dec, b_dec: weights.autoencoder.b_dec, truth: z, factor: factor,
            gradient: &gradient, squares: &squares)
        var sums = AutoencoderSums()
        for square in squares { sums.squaredError += Double(square) }
        for value in found.active.values { sums.activations += Double(value) }
        sums.active = found.active.count
        byFeature.sort(found.active, d_sae: shape.d_sae)
        sums.firings = (0..<shape.d_sae).map { byFeature.range($0).count }
        var dLogThreshold: [Float] = []
        if let bandwidth = rule.bandwidth {
            dLogThreshold = Array(repeating: 0, count: shape.d_sae)
            AutoencoderGradient.addThresholds(
                weights.autoencoder, found.near, gradient: gradient, penalty: rule.lambda / Float(N), bandwidth: bandwidth,
                to: &dLogThreshold)
        }
        var lists = [
            FeatureEntries(
                offsets: byFeature.offsets, tokens: byFeature.tokens, values: byFeature.values, gradient: gradient,
                penalty: rule.slope / Float(N))
        ]
        if found.auxiliary.count > 0, rule.variance > 0 {
            sums.auxiliary = addAuxiliary(found.auxiliary, weights.autoencoder, rule, factor: factor)
            lists.append(
                FeatureEntries(
                    offsets: auxiliaryByFeature.offsets, tokens: auxiliaryByFeature.tokens, values: auxiliaryByFeature.values,
                    gradient: auxiliary, penalty: 0))
        }
        var db_dec = [Float](repeating: 0, count: shape.d_in)
        columnSums(gradient, into: &db_dec)
        stepFeatures(
            lists, x: x, weights: &weights.autoencoder.features, moments: &weights.moments, idle: &weights.idle, adam: rule.adam,
            learningRate: rule.learningRate, step: rule.number, db_dec: &db_dec)
        weights.stepBias(db_dec, rule)
        return (sums, found.smallestChosen, dLogThreshold)
    }

    /// Step 1.
    private mutating func encode(_ autoencoder: Autoencoder, _ z: [Float], _ rule: EncodingRule) -> EncodedTokens {
        resize(&x, z.count, filler: 0)
        subtractRow(z, autoencoder.b_dec, into: &x)
        return encoder.encode(autoencoder, x: x, rule)
    }

    /// The dead features' loss, weight·Σ‖ê − e‖²/Σ‖z − mean z‖² with e = z − ẑ held fixed, and its gradient at ê.
    ///
    /// - Returns: Σ‖ê − e‖²/Σ‖z − mean z‖².
    private mutating func addAuxiliary(
        _ dead: SparseRows, _ autoencoder: Autoencoder, _ rule: AutoencoderStepRule, factor: Float
    ) -> Double {
        let left = gradient.map { -$0 / factor }
        resize(&auxiliary, gradient.count, filler: 0)
        var errors = [Float](repeating: 0, count: dead.rows)
        reconstructionError(
            dead, W_dec: autoencoder.features.W_dec, b_dec: Array(repeating: 0, count: autoencoder.shape.d_in), truth: left,
            factor: 2 * rule.auxiliary / Float(rule.variance), gradient: &auxiliary, squares: &errors)
        auxiliaryByFeature.sort(dead, d_sae: autoencoder.shape.d_sae)
        return errors.reduce(0) { $0 + Double($1) } / rule.variance
    }

    /// One step with every activation.
    mutating func stepDense(
        _ weights: inout AutoencoderWeights, _ z: [Float], _ rule: AutoencoderStepRule
    ) -> (sums: AutoencoderSums, dLogThreshold: [Float]) {
        resize(&x, z.count, filler: 0)
        subtractRow(z, weights.autoencoder.b_dec, into: &x)
        var dense = self.dense.take() ?? AutoencoderGradient(zeros: weights.autoencoder.shape)
        dense.run(weights.autoencoder, x: x, lambda: rule.lambda, bandwidth: rule.bandwidth)
        let sums = dense.sums
        var db_dec = dense.decoderBias
        let active = sums.firings.map { Float($0) }
        dense.withFeatures { gradient in
            stepFeatures(
                gradient: &gradient, active: active, weights: &weights.autoencoder.features, moments: &weights.moments,
                idle: &weights.idle, adam: rule.adam, learningRate: rule.learningRate, step: rule.number, db_dec: &db_dec)
        }
        weights.stepBias(db_dec, rule)
        self.dense = dense
        return (sums, dense.dLogThreshold)
    }

    /// Gives back what only the dense steps need.
    mutating func forgetDense() { dense = nil }

    /// ‖ẑ − z‖² of each token.
    mutating func squaredErrors(_ autoencoder: Autoencoder, _ z: [Float]) -> [Float] {
        let found = encode(autoencoder, z, EncodingRule())
        resize(&gradient, z.count, filler: 0)
        resize(&squares, found.active.rows, filler: 0)
        reconstructionError(
            found.active, W_dec: autoencoder.features.W_dec, b_dec: autoencoder.b_dec, truth: z, factor: 1, gradient: &gradient,
            squares: &squares)
        return squares
    }
}
