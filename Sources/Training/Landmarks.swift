import API
import Artifacts
import Attribution
import Dictionaries
import GPT2
import JSON
import Tokenizer

/// What dictionaries reach on held-out contexts while they are trained: figures of some steps, which change nothing of the training.
struct Landmarks {
    private let plan: LandmarkPlan
    private var recovery: LossRecovery

    /// Landmarks of a training; nil where it has none.
    init?(_ plan: LandmarkPlan, _ model: GPT2Model, layers: [Int], heldOut: Contexts) throws {
        guard plan.every > 0 else { return nil }
        self.plan = plan
        recovery = LossRecovery(
            model, layers: layers, contexts: try (0..<min(plan.contexts, heldOut.count)).map { try heldOut.batch($0..<$0 + 1) })
    }

    /// Whether a step is one.
    func contains(_ step: Int, of steps: Int) -> Bool { plan.contains(step, of: steps) }

    /// What each dictionary reaches.
    ///
    /// - Parameter breathe: Called between passes of one context; what it throws ends the work.
    mutating func figures(
        _ plans: [DictionaryPlan], _ pair: (Int) -> TranscoderPair, _ breathe: () throws -> Void
    ) throws -> [JSONObject] {
        try recovery.prepare(breathe)
        let reached = try recovery.figures(plans.count, { (plans[$0].layer, pair($0)) }, breathe)
        return zip(plans, reached).map { plan, found in
            typealias Name = TrainingHistory.Landmark
            var figures: JSONObject = [
                Name.density_query: DensityHistogram.json(found.densityQuery),
                Name.density_key: DensityHistogram.json(found.densityKey),
            ]
            figures[Name.CE] = recovery.CE.map { .real($0) }
            figures[Name.CE_zero] = recovery.CE_zero[plan.layer].map { .real($0) }
            figures[Name.CE_sae] = found.CE_sae.map { .real($0) }
            figures[Name.CE_recovered] = recovery.recovered(found, layer: plan.layer)?.value.map { .real($0) }
            return figures
        }
    }
}
