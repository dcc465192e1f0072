/// What the learning rate, λ and μ are at each step of a training of known length.
///
/// The shares are the reference trainer's. Steps count from 0.
public struct TrainingSchedule: Sendable, Equatable, Codable {
    /// The number of steps.
    public var steps: Int
    /// The learning rate between warm-up and decay.
    public var learningRate: Float
    /// λ per token after its warm-up.
    public var lambda: Float
    /// μ at the start.
    public var mu: Float
    /// The share of the steps over which μ falls to 0 in a line; nil keeps μ.
    public var muShare: Double?
    /// The share of the steps over which the learning rate rises.
    ///
    /// *Source:* reference trainer, 0.05.
    public var warmUpShare = 0.05
    /// The share of the steps over which the learning rate falls to 0.
    ///
    /// *Source:* specification 1.4, "the last 20 %".
    public var decayShare = 0.2
    /// The share of the steps over which λ rises.
    ///
    /// *Source:* reference trainer, 0.2.
    public var lambdaShare = 0.2

    /// A schedule with the reference's shares.
    public init(steps: Int, learningRate: Float, lambda: Float, mu: Float = 0, muShare: Double? = nil) {
        precondition(steps > 0, "a training of \(steps) steps")
        (self.steps, self.learningRate, self.lambda, self.mu, self.muShare) = (steps, learningRate, lambda, mu, muShare)
    }

    /// The learning rate of step `step`: a linear rise, a constant, a linear fall that would reach 0 at ``steps``.
    public func learningRate(at step: Int) -> Float {
        let rise = min(1, Double(step + 1) / (warmUpShare * Double(steps)))
        let fall = min(1, Double(steps - step) / (decayShare * Double(steps)))
        return Float(Double(learningRate) * rise * fall)
    }

    /// The loss's factors at step `step`.
    public func coefficients(at step: Int) -> StepCoefficients {
        let rise = min(1, Double(step) / (lambdaShare * Double(steps)))
        let remaining = muShare.map { max(0, 1 - Double(step) / ($0 * Double(steps))) } ?? 1
        return StepCoefficients(lambda: Float(Double(lambda) * rise), mu: Float(Double(mu) * remaining))
    }
}
