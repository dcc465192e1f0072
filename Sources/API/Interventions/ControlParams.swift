import JSON

/// With how many random pairs chosen ones are compared.
public struct ControlParams: Codable, Sendable, Hashable {
    /// What makes pairs equally strong.
    public enum Strength: String, Codable, Sendable, Hashable, CaseIterable {
        case expected_contribution, contribution
    }

    /// How many sets of pairs are drawn.
    public var draws: Int
    /// What the draws follow from.
    public var seed: Int
    /// What makes pairs equally strong.
    public var strength: Strength

    /// All facts.
    public init(draws: Int = 10, seed: Int = 0, strength: Strength = .expected_contribution) {
        self.draws = draws
        self.seed = seed
        self.strength = strength
    }
}

extension ControlParams {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "With how many random pairs chosen ones are compared.",
        [
            .optional("draws", .integer("How many sets of pairs are drawn.", in: 1...100), default: 10),
            .optional("seed", .integer("What the draws follow from.", in: 0...Int.max), default: 0),
            .optional(
                "strength",
                .string(

                    "What makes pairs equally strong: what they are expected to add over the map's text, or the "
                        + "scores that they move on these very prompts.",
                    oneOf: Strength.allCases.map(\.rawValue)), default: .string(Strength.expected_contribution.rawValue)),
        ])
}
