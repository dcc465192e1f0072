/// How strongly one component of a reading head takes up a direction.
public struct ComponentRead: Codable, Sendable, Hashable {
    /// The reader's component, 0 for its greatest singular value.
    public var component: Int
    /// |bᵀu_m| s_m / ‖M_B‖; the squares over all components sum to the square of the direction's score.
    public var score: Float

    /// All facts.
    public init(component: Int, score: Float) {
        self.component = component
        self.score = score
    }
}

extension ComponentRead {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How strongly one component of a reading head takes up a direction.",
        [
            .required("component", .count("The reader's component, 0 for its greatest singular value.")),
            .required(
                "score",
                .number("|bᵀu_m| s_m / ‖M_B‖; the squares over all components sum to the square of the direction's score.")),
        ])
}
