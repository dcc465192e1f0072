import Glibc

/// What the learning rate, λ and μ are at each step of a training of known length.
///
/// Steps count from 0.
public struct TrainingSchedule: Sendable, Equatable, Codable {
    /// How the learning rate rises from 0 in a line.
    public enum WarmUp: Sendable, Equatable, Codable {
        /// Over so many steps; 0 for none.
        case steps(Int)
        /// Over this share of all steps.
        case share(Double)
    }

    /// How the learning rate falls.
    public enum Decay: Sendable, Equatable, Codable {
        /// Not at all.
        case none
        /// In a line that would reach 0 at the end, over the last of the steps: this share of them.
        case linear(share: Double)
        /// Along half a period of the cosine, from the end of the warm-up to 0 at the end.
        case cosine
    }

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
    /// How the learning rate rises.
    ///
    /// *Source:* reference trainer, 0.05 of the steps.
    public var warmUp = WarmUp.share(0.05)
    /// How the learning rate falls.
    ///
    /// *Source:* specification 1.4, "linear decay over the last 20 %".
    public var decay = Decay.linear(share: 0.2)
    /// The share of the steps over which λ rises in a line.
    ///
    /// *Source:* reference trainer, 0.2.
    public var lambdaShare = 0.2

    /// A schedule with the reference's shares.
    public init(steps: Int, learningRate: Float, lambda: Float, mu: Float = 0, muShare: Double? = nil) {
        precondition(steps > 0, "a training of \(steps) steps")
        (self.steps, self.learningRate, self.lambda, self.mu, self.muShare) = (steps, learningRate, lambda, mu, muShare)
    }

    /// The learning rate of step `step`.
    public func learningRate(at step: Int) -> Float {
        let rising =
            switch warmUp {
            case .steps(let count): Double(count)
            case .share(let share): share * Double(steps)
            }
        let rise = rising > 0 ? min(1, Double(step + 1) / rising) : 1
        return Float(Double(learningRate) * rise * fall(at: step, after: rising))
    }

    private func fall(at step: Int, after rising: Double) -> Double {
        switch decay {
        case .none: return 1
        case .linear(let share): return share > 0 ? min(1, Double(steps - step) / (share * Double(steps))) : 1
        case .cosine:
            let length = Double(steps) - rising
            let done = length > 0 ? min(1, max(0, (Double(step) - rising) / length)) : 0
            return 0.5 * (1 + cos(Double.pi * done))
        }
    }

    /// The loss's factors at step `step`.
    public func coefficients(at step: Int) -> StepCoefficients {
        let rise = lambdaShare > 0 ? min(1, Double(step) / (lambdaShare * Double(steps))) : 1
        let remaining = muShare.map { $0 > 0 ? max(0, 1 - Double(step) / ($0 * Double(steps))) : 0 } ?? 1
        return StepCoefficients(lambda: Float(Double(lambda) * rise), mu: Float(Double(mu) * remaining))
    }
}
