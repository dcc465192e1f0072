import API
import Artifacts
import Attribution
import Dictionaries
import GPT2
import JSON
import Tokenizer

/// What dictionaries reach on held-out contexts while they are trained: figures of some steps, which change nothing of the training.
struct Landmarks {
    private let model: GPT2Model
    private let contexts: Contexts
    /// Every how many steps; 0 for never.
    private let every: Int

    /// How many there are of a training unless it says otherwise.
    private static let usualCount = 25
    /// Contexts read for each.
    private static let contextsRead = 16

    /// Landmarks of a training.
    ///
    /// - Parameters:
    ///   - asked: Every how many steps they are asked for.
    ///   - steps: Of the training.
    ///   - metricsEvery: Every how many steps a line is written, of which landmarks are a part.
    init(_ model: GPT2Model, heldOut: Contexts, asked: Int?, steps: Int, metricsEvery: Int) {
        self.model = model
        contexts = heldOut.part(0..<min(Self.contextsRead, heldOut.count))
        let wanted = asked ?? max(1, steps / Self.usualCount)
        every = (wanted + metricsEvery - 1) / metricsEvery * metricsEvery
    }

    /// Whether a step is one.
    func contains(_ step: Int, of steps: Int) -> Bool { every > 0 && (step % every == 0 || step == steps) }

    /// What a dictionary reaches; `breathe` is called between batches.
    func figures(_ pair: TranscoderPair, layer: Int, _ breathe: () throws -> Void) throws -> JSONObject {
        var evaluation = DictionaryEvaluation(model, layer: layer, pair, map: nil, stages: [.transcoders])
        for first in stride(from: 0, to: contexts.count, by: DictionaryEvaluation.batchSize) {
            let range = first..<min(first + DictionaryEvaluation.batchSize, contexts.count)
            try evaluation.add(contexts.batch(range), T: contexts.T)
            try breathe()
        }
        var figures: JSONObject = [
            TrainingHistory.Landmark.density_query: DensityHistogram.json(evaluation.densityQuery),
            TrainingHistory.Landmark.density_key: DensityHistogram.json(evaluation.densityKey),
        ]
        guard let stage = evaluation.stages.first else { return figures }
        figures[TrainingHistory.Landmark.CE] = evaluation.CE.map { .real($0) }
        figures[TrainingHistory.Landmark.CE_zero] = evaluation.CE_zero.map { .real($0) }
        figures[TrainingHistory.Landmark.CE_sae] = stage.logits.CE.map { .real($0) }
        figures[TrainingHistory.Landmark.CE_recovered] = evaluation.recovered(stage)?.value.map { .real($0) }
        return figures
    }
}
