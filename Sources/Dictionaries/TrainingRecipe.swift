/// How a dictionary is trained: everything that its numbers depend on besides the data and the seed.
public struct TrainingRecipe: Sendable, Equatable, Codable {
    /// The learning rate, λ and μ at each step.
    public var schedule: TrainingSchedule
    /// ε under the penalty's root.
    public var epsilon: Float
    /// The share of active features below which a side's activations are handled as lists, from then on.
    ///
    /// *Source:* measured, Tests/Performance: dense products and lists take equally long at about this share.
    public var sparseDensity = 0.1
    /// A feature counts as dead when it has not been active for so many tokens.
    ///
    /// *Source:* SAELens's `dead_feature_window` of 1000 steps, in its tokens.
    public var deadAfterTokens = 1000 * 4096

    /// A recipe with a schedule.
    public init(schedule: TrainingSchedule, epsilon: Float = 1e-6) { (self.schedule, self.epsilon) = (schedule, epsilon) }

    /// The number of steps.
    public var steps: Int { schedule.steps }
}
