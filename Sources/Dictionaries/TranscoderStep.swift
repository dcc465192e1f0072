import Kernels

// One training step of the encoder-decoders (specification 1.2 and 1.3):
//
// 1. both sides: f = gate((x − b_in) W_enc + b_enc), ŷ = f W_dec + b_out;
// 2. per sequence and head: the three divergences of the pattern and the squared errors, and their gradients at q̂ and k̂
//    (Kernels/PatternLoss);
// 3. both sides: the way back to the parameters, with the sparsity penalty on the way (Transcoder+Backward);
// 4. where they are wanted: the thresholds' gradient (ThresholdGradient) and the dead features' (AuxiliaryLoss).

/// How both sides encode in a training step, beyond their gates.
struct EncodingRules: Sendable {
    var query = EncodingRule(), key = EncodingRule()
}

/// The training step: a pure function of weights, batch and coefficients, with buffers that it keeps from call to call.
public struct TranscoderStep: Sendable {
    private(set) var query = TranscoderScratch()
    private(set) var key = TranscoderScratch()
    private var auxiliary = AuxiliaryLoss()
    /// Σ over tokens of ‖ŷ − y‖² of the last call.
    private var squaredErrors = (query: 0.0, key: 0.0)
    /// Σ over tokens of ‖y − mean y‖² of the last call.
    private var variances = (query: 0.0, key: 0.0)

    /// A step without buffers; the first call makes them.
    public init() {}

    /// The loss and its gradient.
    ///
    /// The gradient of the key side's b_out is exactly 0 when μ is 0 (a constant key shifts whole rows of scores) and is written so.
    /// - Parameters:
    ///   - pair: The weights.
    ///   - batch: Whole sequences.
    ///   - coefficients: The loss's factors.
    ///   - paths: How each side handles its activations.
    ///   - gradient: out, in the shape of `pair`.
    /// - Complexity: two encoder products of 2·B·T·D·F flops; eight products of B·H·T²·K/2 multiply-adds each; on the sparse path four
    ///   passes over the active features of each side.
    public mutating func callAsFunction(
        _ pair: TranscoderPair, _ batch: PatternBatch, _ coefficients: StepCoefficients,
        paths: (query: ActivationPath, key: ActivationPath), gradient: inout TranscoderPair
    ) -> LossTerms {
        callAsFunction(pair, batch, coefficients, EncodingRules(), paths: paths, gradient: &gradient)
    }

    /// The loss and its gradient, with rules for the encoding.
    mutating func callAsFunction(
        _ pair: TranscoderPair, _ batch: PatternBatch, _ coefficients: StepCoefficients, _ rules: EncodingRules,
        paths: (query: ActivationPath, key: ActivationPath), gradient: inout TranscoderPair
    ) -> LossTerms {
        check(pair, batch, gradient)
        query.reserve(tokens: batch.tokens, shape: pair.query.shape, path: paths.query)
        key.reserve(tokens: batch.tokens, shape: pair.key.shape, path: paths.key)
        pair.query.encode(batch.x.span, rules.query, &query)
        pair.query.decode(&query)
        pair.key.encode(batch.x.span, rules.key, &key)
        pair.key.decode(&key)

        var terms = patternTerms(pair.query.shape, batch, coefficients)
        let d_out = pair.query.shape.d_out
        variances = (totalVariance(batch.q.span, columns: d_out), totalVariance(batch.k.span, columns: d_out))
        let rule = BackwardRule(
            penalty: coefficients.penalty, epsilon: coefficients.epsilon, lambda: coefficients.lambda / Float(batch.tokens),
            decoderNorm: coefficients.decoderNorm, bandwidth: coefficients.bandwidth)
        let penalty =
            pair.query.backward(batch.x.span, rule, &query, gradient: &gradient.query)
            + pair.key.backward(batch.x.span, rule, &key, gradient: &gradient.key)
        if coefficients.mu == 0 { for index in gradient.key.b_out.indices { gradient.key.b_out[index] = 0 } }
        pair.query.thresholdGradient(rule, &query)
        pair.key.thresholdGradient(rule, &key)
        terms.auxiliary = auxiliaryTerms(pair, batch, coefficients, rules, &gradient)

        let tokens = Double(batch.tokens)
        terms.sparsity = penalty / tokens
        terms.L0_q = Double(query.activeCount) / tokens
        terms.L0_k = Double(key.activeCount) / tokens
        terms.loss =
            Double(coefficients.kl) * terms.kl + Double(coefficients.kl_q) * terms.kl_q + Double(coefficients.kl_k) * terms.kl_k
            + Double(coefficients.lambda) * terms.sparsity + Double(coefficients.mu) * terms.mse
            + Double(coefficients.auxiliary) * terms.auxiliary
        return terms
    }

    /// Traps when weights, batch and gradient do not belong together.
    private func check(_ pair: TranscoderPair, _ batch: PatternBatch, _ gradient: TranscoderPair) {
        let shape = pair.query.shape
        precondition(
            batch.x.count == batch.tokens * shape.d_model && batch.q.count == batch.tokens * shape.d_out,
            "\(batch.tokens) tokens with x of \(batch.x.count) and q of \(batch.q.count) elements for \(shape)")
        precondition(
            gradient.query.shape == shape && gradient.key.shape == pair.key.shape,
            "gradients of \(gradient.query.shape) and \(gradient.key.shape) for weights of \(shape) and \(pair.key.shape)")
    }

    /// The divergences and squared errors; leaves their gradients at both reconstructions.
    private mutating func patternTerms(
        _ shape: TranscoderShape, _ batch: PatternBatch, _ coefficients: StepCoefficients
    ) -> LossTerms {
        let rows = Float(batch.tokens * shape.n_heads)
        let loss = PatternLoss(
            sequences: batch.sequences, length: batch.length, n_heads: shape.n_heads, d_head: shape.d_head,
            attn_scale: batch.attn_scale, both: coefficients.kl / rows, query: coefficients.kl_q / rows,
            key: coefficients.kl_k / rows, squares: 2 * coefficients.mu / Float(batch.tokens))
        let sums = Self.patternSums(
            loss, batch, q_hat: query.reconstruction, k_hat: key.reconstruction, dq: &query.dReconstruction,
            dk: &key.dReconstruction)
        squaredErrors = (sums.squaredQuery, sums.squaredKey)
        var terms = LossTerms()
        terms.kl = sums.both / Double(rows)
        terms.kl_q = sums.query / Double(rows)
        terms.kl_k = sums.key / Double(rows)
        terms.mse = (sums.squaredQuery + sums.squaredKey) / Double(batch.tokens)
        return terms
    }

    private static func patternSums(
        _ loss: PatternLoss, _ batch: PatternBatch, q_hat: [Float], k_hat: [Float], dq: inout [Float], dk: inout [Float]
    ) -> PatternLoss.Sums {
        var dq = dq.mutableSpan, dk = dk.mutableSpan
        return loss(q: batch.q.span, k: batch.k.span, q_hat: q_hat.span, k_hat: k_hat.span, dq: &dq, dk: &dk)
    }

    /// Both sides' auxiliary losses, without their weight; adds their gradients.
    private mutating func auxiliaryTerms(
        _ pair: TranscoderPair, _ batch: PatternBatch, _ coefficients: StepCoefficients, _ rules: EncodingRules,
        _ gradient: inout TranscoderPair
    ) -> Double {
        var sum = 0.0
        if rules.query.auxiliary != nil {
            sum += auxiliary.add(
                pair.query, x: batch.x, y: batch.q, query, weight: coefficients.auxiliary, variance: variances.query,
                decoderNorm: coefficients.decoderNorm, gradient: &gradient.query)
        }
        if rules.key.auxiliary != nil {
            sum += auxiliary.add(
                pair.key, x: batch.x, y: batch.k, key, weight: coefficients.auxiliary, variance: variances.key,
                decoderNorm: coefficients.decoderNorm, gradient: &gradient.key)
        }
        return sum
    }

    /// How much of the last call's variance the reconstructions explain: 1 − Σ‖ŷ − y‖²/Σ‖y − mean y‖² of each side.
    var explainedVariance: (query: Double, key: Double) {
        (1 - squaredErrors.query / variances.query, 1 - squaredErrors.key / variances.key)
    }

    /// Counts the tokens since each feature was last active, after the last call's batch.
    func noteActivity(_ activity: inout [FeatureActivity], tokens: Int) {
        query.noteActivity(&activity[0].tokensSinceActive, tokens: tokens)
        key.noteActivity(&activity[1].tokensSinceActive, tokens: tokens)
    }
}
