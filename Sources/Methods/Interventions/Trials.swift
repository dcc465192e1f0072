import API
import Artifacts
import Attribution
import GPT2
import Tensors

/// Questions that are asked again and again with the model changed.
///
/// One batch with one change goes to the compute thread at a time, so other calls get their turn in between, and a caller that has gone
/// away ends the work at the next.
struct Trials: Sendable {
    private let model: LoadedModel
    private let compute: Compute
    private let count: Int
    /// The questions, by length.
    let batches: [QuestionBatch]

    /// What several changes do.
    struct Outcome: Sendable {
        /// The model's own answers, by question; nil where none is looked for.
        var own: [AnswerLogits?]
        /// The changed model's, by trial and question.
        var changed: [[AnswerLogits?]]
        /// By trial; of no tokens where logits are not compared.
        var logits: [LogitComparison]

        /// What a trial takes from each logit difference.
        func drops(_ trial: Int) -> [Double] {
            zip(own, changed[trial]).compactMap { own, changed in
                own.flatMap { own in changed.map { own.difference - $0.difference } }
            }
        }

        /// What a trial takes from the mean logit difference; nil without answers.
        func drop(_ trial: Int) -> Double? {
            let drops = drops(trial)
            return drops.isEmpty ? nil : Moments(drops).mean
        }
    }

    /// Questions for a model.
    init(model: LoadedModel, compute: Compute, questions: [Question]) {
        (self.model, self.compute, count) = (model, compute, questions.count)
        batches = QuestionBatch.batches(questions)
    }

    /// Tokens over all questions.
    var tokens: Int { batches.reduce(0) { $0 + $1.batch.tokens.count } }

    /// The model's own answers, by question.
    func answers() async throws -> [AnswerLogits?] { try await measure([], comparesLogits: false).own }

    /// Asks with each change.
    ///
    /// - Parameters:
    ///   - trials: The changes, each a list of interventions.
    ///   - comparesLogits: Whether losses and divergences are wanted, over all tokens, and not the answers only.
    func measure(_ trials: [[Intervention]], comparesLogits: Bool) async throws -> Outcome {
        let nobody = [AnswerLogits?](repeating: nil, count: count)
        var outcome = Outcome(
            own: nobody, changed: Array(repeating: nobody, count: trials.count),
            logits: Array(repeating: LogitComparison(), count: trials.count))
        let gpt2 = model.gpt2
        // No change reaches below the first layer that is changed: one pass up to there serves all trials.
        let layer = trials.joined().map(\.layer).min()
        for batch in batches {
            let (own, start, ownAnswers) = try await compute.run {
                let (own, start) = try batch.run(gpt2, startingLaterAt: layer)
                return (own, start, batch.answerLogits(gpt2, own))
            }
            for (b, number) in batch.numbers.enumerated() { outcome.own[number] = ownAnswers[b] }
            for (trial, interventions) in trials.enumerated() {
                let before = outcome.logits[trial]
                let (comparison, answers) = try await compute.run {
                    let changed = try batch.run(gpt2, from: start, changing: interventions)
                    var comparison = before
                    if comparesLogits { comparison.add(gpt2, batch.batch, own: own, changed: changed) }
                    return (comparison, batch.answerLogits(gpt2, changed))
                }
                outcome.logits[trial] = comparison
                for (b, number) in batch.numbers.enumerated() { outcome.changed[trial][number] = answers[b] }
            }
        }
        return outcome
    }
}
