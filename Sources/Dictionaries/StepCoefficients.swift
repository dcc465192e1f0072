/// What keeps activations few.
public enum SparsityPenalty: String, Sendable, Codable, CaseIterable {
    /// Σ √(n_a f_a + ε).
    ///
    /// *Source:* specification 1.2.
    case root
    /// Σ n_a f_a.
    ///
    /// *Source:* Anthropic's April 2024 update, with the decoder's norm.
    case l1
    /// The number of active features; its gradient reaches the thresholds only.
    ///
    /// *Source:* Rajamanoharan et al. 2024, equation 9.
    case count
    /// Nothing: the gate alone decides how many are active.
    case none
}

/// What is held about the norms of W_dec's rows.
public enum DecoderNorm: String, Sendable, Codable, CaseIterable {
    /// Nothing; the penalty weighs each activation by its row's norm.
    case free
    /// They are 1: rows are normalised after each step, and the gradient has no part parallel to them.
    case unit
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
    /// What λ weighs.
    public var penalty = SparsityPenalty.root
    /// ε under the penalty's root.
    ///
    /// *Source:* specification 1.2, the recommended value.
    public var epsilon: Float = 1e-6
    /// μ, the weight of the squared errors.
    public var mu: Float = 0
    /// What n_a is, and what the gradient of W_dec may move.
    public var decoderNorm = DecoderNorm.free
    /// The weight of the auxiliary loss.
    public var auxiliary: Float = 0
    /// The width of the kernel that stands for the step's slope in the thresholds' gradient, where they are trained.
    public var bandwidth: Float?

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
    /// The penalty summed over features, mean over tokens, both sides.
    public var sparsity = 0.0
    /// Σ over dimensions of the squared error, mean over tokens, both sides; 0 is reported only for a perfect fit.
    public var mse = 0.0
    /// The share of the outputs' variance that the dead features' reconstructions of the error leave, both sides.
    public var auxiliary = 0.0
    /// The weighted sum.
    public var loss = 0.0
    /// Active query features per token.
    public var L0_q = 0.0
    /// Active key features per token.
    public var L0_k = 0.0

    /// No terms yet.
    public init() {}
}
