import Kernels

// One training step of the encoder-decoders (specification 1.2 and 1.3, free-norm variant):
//
// 1. both sides: f = ReLU((x − b_in) W_enc + b_enc), ŷ = f W_dec + b_out;
// 2. per sequence: the three divergences of the pattern and their gradients at q̂ and k̂ (PatternLoss);
// 3. with μ > 0: the squared errors of q̂ and k̂ and their gradients;
// 4. both sides: the way back to the parameters, with the sparsity penalty on the way (Transcoder+Backward).

/// Whole sequences of one layer: what goes into both transcoders and what should come out.
public struct PatternBatch: Sendable {
    /// B, the number of sequences.
    public let sequences: Int
    /// T, tokens in each.
    public let length: Int
    /// What scores q·k are multiplied by: 1/√K unless the model's configuration says otherwise.
    public let attn_scale: Float
    /// [B, T, D] normalised residuals.
    public var x: [Float]
    /// [B, T, H·K] true queries, biases included.
    public var q: [Float]
    /// [B, T, H·K] true keys, biases included.
    public var k: [Float]

    /// A batch from its buffers.
    public init(sequences: Int, length: Int, attn_scale: Float, x: [Float], q: [Float], k: [Float]) {
        precondition(
            sequences > 0 && length > 0 && q.count == k.count && x.count % (sequences * length) == 0
                && q.count % (sequences * length) == 0,
            "\(sequences) sequences of \(length) tokens, x of \(x.count), q of \(q.count), k of \(k.count) elements")
        (self.sequences, self.length, self.attn_scale, self.x, self.q, self.k) = (sequences, length, attn_scale, x, q, k)
    }

    /// B·T.
    public var tokens: Int { sequences * length }
}

/// The factors of one step's loss.
public struct StepCoefficients: Sendable, Equatable, Codable {
    /// Weight of KL(P‖P̂[q̂k̂]).
    ///
    /// *Source:* specification 1.2.
    public var kl: Float = 3
    /// Weight of KL(P‖P̂[q̂k]).
    ///
    /// *Source:* specification 1.2.
    public var kl_q: Float = 1
    /// Weight of KL(P‖P̂[qk̂]).
    ///
    /// *Source:* specification 1.2.
    public var kl_k: Float = 1
    /// λ per token.
    public var lambda: Float
    /// ε under the penalty's root.
    ///
    /// *Source:* specification 1.2, the recommended value.
    public var epsilon: Float = 1e-6
    /// μ, the weight of the squared errors.
    public var mu: Float = 0

    /// The published weights with this λ.
    public init(lambda: Float, mu: Float = 0) {
        self.lambda = lambda
        self.mu = mu
    }
}

/// The terms of one step's loss.
public struct LossTerms: Sendable, Equatable {
    /// KL(P‖P̂[q̂k̂]), mean over rows.
    public var kl = 0.0
    /// KL(P‖P̂[q̂k]), mean over rows.
    public var kl_q = 0.0
    /// KL(P‖P̂[qk̂]), mean over rows.
    public var kl_k = 0.0
    /// Σ over features of √(n_a f_a + ε), mean over tokens, both sides.
    public var sparsity = 0.0
    /// Σ over dimensions of the squared error, mean over tokens, both sides; 0 is reported only for a perfect fit.
    public var mse = 0.0
    /// The weighted sum.
    public var loss = 0.0
    /// Active query features per token.
    public var L0_q = 0.0
    /// Active key features per token.
    public var L0_k = 0.0

    /// No terms yet.
    public init() {}
}

/// The training step: a pure function of weights, batch and coefficients, with buffers that it keeps from call to call.
public struct TranscoderStep: Sendable {
    private var query = TranscoderScratch()
    private var key = TranscoderScratch()
    private var patterns: [PatternScratch] = []
    /// Σ over tokens of ‖ŷ − y‖² of the last call.
    private var squaredErrors = (query: 0.0, key: 0.0)

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
        check(pair, batch, gradient)
        query.reserve(tokens: batch.tokens, shape: pair.query.shape, path: paths.query)
        key.reserve(tokens: batch.tokens, shape: pair.key.shape, path: paths.key)
        pair.query.encode(batch.x.span, path: paths.query, &query)
        pair.query.decode(path: paths.query, &query)
        pair.key.encode(batch.x.span, path: paths.key, &key)
        pair.key.decode(path: paths.key, &key)

        var terms = Self.patternTerms(pair.query.shape, batch, coefficients, &query, &key, &patterns)
        (squaredErrors.query, squaredErrors.key) = Self.squaredErrors(batch, mu: coefficients.mu, &query, &key)
        terms.mse = (squaredErrors.query + squaredErrors.key) / Double(batch.tokens)
        let lambda = coefficients.lambda / Float(batch.tokens), epsilon = coefficients.epsilon
        let penalty =
            pair.query.backward(path: paths.query, lambda: lambda, epsilon: epsilon, &query, gradient: &gradient.query)
            + pair.key.backward(path: paths.key, lambda: lambda, epsilon: epsilon, &key, gradient: &gradient.key)
        if coefficients.mu == 0 { for index in gradient.key.b_out.indices { gradient.key.b_out[index] = 0 } }

        let tokens = Double(batch.tokens)
        terms.sparsity = penalty / tokens
        terms.L0_q = Double(query.activeCount) / tokens
        terms.L0_k = Double(key.activeCount) / tokens
        terms.loss =
            Double(coefficients.kl) * terms.kl + Double(coefficients.kl_q) * terms.kl_q + Double(coefficients.kl_k) * terms.kl_k
            + Double(coefficients.lambda) * terms.sparsity + Double(coefficients.mu) * terms.mse
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

    /// The three divergences; leaves their gradients at both reconstructions.
    private static func patternTerms(
        _ shape: TranscoderShape, _ batch: PatternBatch, _ coefficients: StepCoefficients, _ query: inout TranscoderScratch,
        _ key: inout TranscoderScratch, _ patterns: inout [PatternScratch]
    ) -> LossTerms {
        let rows = Float(batch.tokens * shape.n_heads)
        let loss = PatternLoss(
            n_heads: shape.n_heads, d_head: shape.d_head, length: batch.length, attn_scale: batch.attn_scale,
            both: coefficients.kl / rows,
            query: coefficients.kl_q / rows, key: coefficients.kl_k / rows)
        resize(&patterns, min(threadCount, batch.sequences), filler: PatternScratch())
        let sums = divergences(
            loss, batch, q_hat: query.reconstruction, k_hat: key.reconstruction, dq: &query.dReconstruction,
            dk: &key.dReconstruction, &patterns)
        var terms = LossTerms()
        terms.kl = sums.both / Double(rows)
        terms.kl_q = sums.query / Double(rows)
        terms.kl_k = sums.key / Double(rows)
        return terms
    }

    /// The sums of the divergences over all sequences, which go to as many threads as there are scratches.
    private static func divergences(
        _ loss: PatternLoss, _ batch: PatternBatch, q_hat: [Float], k_hat: [Float], dq: inout [Float], dk: inout [Float],
        _ patterns: inout [PatternScratch]
    ) -> DivergenceSums {
        let size = q_hat.count / batch.sequences
        let q = batch.q.span, k = batch.k.span, q_hat = q_hat.span, k_hat = k_hat.span
        concurrently(&patterns, items: batch.sequences, &dq, &dk) { sequences, scratch, dq, dk in
            scratch.reserve(length: loss.length, d_head: loss.d_head)
            scratch.sums = DivergenceSums()
            for (place, sequence) in sequences.enumerated() {
                let range = sequence * size..<(sequence + 1) * size, own = place * size..<(place + 1) * size
                var dqRows = dq._mutatingExtracting(own), dkRows = dk._mutatingExtracting(own)
                loss.sequence(
                    q: q.extracting(range), k: k.extracting(range), q_hat: q_hat.extracting(range),
                    k_hat: k_hat.extracting(range), dq: &dqRows, dk: &dkRows, scratch: &scratch)
            }
        }
        return patterns.reduce(into: DivergenceSums()) { $0.add($1.sums) }
    }

    /// Both sides' squared errors; adds their gradients at both reconstructions.
    private static func squaredErrors(
        _ batch: PatternBatch, mu: Float, _ query: inout TranscoderScratch, _ key: inout TranscoderScratch
    ) -> (query: Double, key: Double) {
        let factor = 2 * mu / Float(batch.tokens)
        return (
            squaredError(query.reconstruction, batch.q, factor: factor, addingGradientTo: &query.dReconstruction),
            squaredError(key.reconstruction, batch.k, factor: factor, addingGradientTo: &key.dReconstruction)
        )
    }

    /// How much of the batch's variance the last call's reconstructions explain: 1 − Σ‖ŷ − y‖²/Σ‖y − mean y‖² of each side.
    func explainedVariance(_ batch: PatternBatch, d_out: Int) -> (query: Double, key: Double) {
        (
            1 - squaredErrors.query / totalVariance(batch.q.span, columns: d_out),
            1 - squaredErrors.key / totalVariance(batch.k.span, columns: d_out)
        )
    }

    /// Counts the tokens since each feature was last active, after the last call's batch.
    func noteActivity(_ activity: inout [FeatureActivity], tokens: Int) {
        query.noteActivity(&activity[0].tokensSinceActive, tokens: tokens)
        key.noteActivity(&activity[1].tokensSinceActive, tokens: tokens)
    }
}
