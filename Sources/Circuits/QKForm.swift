/// Which bilinear map of the normalised residuals a head's scores are decomposed as.
///
/// x is `ln1.hook_x`; W_Q and W_K have the LayerNorm's gain folded in and are centred, b_Q and b_K its bias. No form holds `attn_scale`.
public enum QKForm: String, Sendable, Hashable, CaseIterable, Codable {
    /// W_Q·W_Kᵀ [D, D]: x_i·Ω·x_j is the score without what the biases add.
    case plain
    /// [W_Q; b_Q]·[W_K; b_K]ᵀ [D + 1, D + 1] between [x, 1] on both sides: the whole score.
    ///
    /// *Source:* Franco & Crovella, "Sparse Attention Decomposition Applied to Circuit Tracing" (2024).
    case augmented
    /// W_Q·[W_K; b_K]ᵀ [D, D + 1]: the whole score but for b_Q, as a function of the destination's x.
    ///
    /// *Source:* Franco & Crovella, "Pinpointing Attention-Causal Communication in Language Models" (2025), Ω_d.
    case omega_d
    /// [W_Q; b_Q]·W_Kᵀ [D + 1, D]: the whole score but for b_K, as a function of the source's x.
    ///
    /// *Source:* the same, Ω_s.
    case omega_s

    /// Whether the destination's side reads [x, 1] instead of x.
    public var augmentsDestination: Bool { self == .augmented || self == .omega_s }
    /// Whether the source's side reads [x, 1] instead of x.
    public var augmentsSource: Bool { self == .augmented || self == .omega_d }
}
