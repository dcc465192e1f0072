import JSON

/// How the terms that make a look are told from the others.
public enum SignalMode: String, Codable, Sendable, CaseIterable {
    /// The shortest prefix of the terms, in descending order, whose sum exceeds the total's share.
    case score_sum
    /// The same of what each term adds over its mean at the other sources, each side by itself.
    case relative_attention
    /// The terms whose removal, by their share in the softmax, takes the attention below 2.5 times the uniform one.
    case softmax_greedy
}

/// Which bilinear map of the normalised residuals is decomposed.
public enum SignalForm: String, Codable, Sendable, CaseIterable {
    /// W_Q·W_Kᵀ.
    case plain
    /// [W_Q; b_Q]·[W_K; b_K]ᵀ.
    case augmented
    /// W_Q·[W_K; b_K]ᵀ.
    case omega_d
    /// [W_Q; b_Q]·W_Kᵀ.
    case omega_s
}

/// An end of a look.
public enum SignalSide: String, Codable, Sendable, CaseIterable {
    /// Where the head looks from.
    case destination
    /// What it looks at.
    case source
}

extension Schema {
    /// The members that every method with kept terms takes.
    static let signalSelection: [Property] = [
        .optional(
            "mode",
            .string(
                "How the terms that make a look are told from the others: score_sum (2024), the shortest prefix in descending order whose "
                    + "sum is strictly above phi times the total; relative_attention (2025), the same of what each term adds over its "
                    + "mean at the other sources, for each side by itself; softmax_greedy (2026), the terms that have to be taken away, "
                    + "in the order of their integrated gradients, before the attention is below min(1, 2.5/(destination + 1)).",
                oneOf: SignalMode.allCases.map(\.rawValue)), default: .string(SignalMode.score_sum.rawValue)),
        .optional(
            "phi",
            .number("The share of the total that the kept terms have to exceed; softmax_greedy does without.", above: 0, to: 1),
            default: 1),
    ]

    /// A form of the map.
    static func signalForm(_ description: String) -> Schema { string(description, oneOf: SignalForm.allCases.map(\.rawValue)) }

    /// An end of a look.
    static func signalSide(_ description: String) -> Schema { string(description, oneOf: SignalSide.allCases.map(\.rawValue)) }
}
