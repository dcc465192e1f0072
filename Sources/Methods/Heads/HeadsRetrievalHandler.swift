import API
import Artifacts
import Checkpoints
import GPT2
import Heads
import JSON
import Tensors
import Tokenizer

/// `heads.retrieval`: prompt by prompt, and a few tokens of an answer at a time.
struct HeadsRetrievalHandler: MethodHandler {
    typealias M = HeadsRetrieval
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: models.embedded.path,
            access: rights.access(of: call))
        let plan = try await compute.run { try RetrievalPlan(params, model, corpus) }
        let outcome = try await Self.outcome(plan, model.gpt2, params.variant, compute)
        let trials = zip(plan.prompts, outcome.answers).map { prompt, answer in
            let text = answer.map { model.text($0) }
            let recall = text.map { WordRecall.recall(of: plan.answer, in: $0) }
            return RetrievalTrialInfo(
                length: prompt.tokens.count, depth: prompt.depth, needle_position: prompt.needle.lowerBound, answer: text,
                recall: recall.map { Float($0) }, is_answered: recall.map { $0 > RetrievalTrial.answerThreshold })
        }
        let counted = trials.indices.filter { trials[$0].is_answered ?? false }
        let isGenerated = params.variant != .teacher_forced
        return M.Result(
            model: model.name, corpus: corpus.name, needle: plan.needle, question: plan.question, answer: plan.answer,
            trials: trials, answered: isGenerated ? counted.count : nil,
            note: isGenerated ? Self.note(answered: counted.count, of: trials.count) : nil,
            threshold: RetrievalTrial.headThreshold,
            heads: Self.heads(
                model.gpt2.configuration, generated: counted.map { outcome.generated[$0] }, forced: outcome.forced))
    }

    /// What every trial gave.
    struct Outcome: Sendable {
        /// By trial and head; empty if nothing was fed.
        var forced: [[Double]] = []
        /// By trial and head; empty where nothing was generated.
        var generated: [[Double]] = []
        /// By trial; nil where nothing was generated.
        var answers: [[Int32]?] = []
    }

    /// Tokens that a model generates before other calls get their turn.
    private static let tokensAtOnce = 8

    /// Runs the trials.
    static func outcome(
        _ plan: RetrievalPlan, _ gpt2: GPT2Model, _ variant: RetrievalVariant, _ compute: Compute
    ) async throws -> Outcome {
        var outcome = Outcome()
        for prompt in plan.prompts {
            let start = try await compute.run { try RetrievalTrial(gpt2, prompt, bos: plan.end) }
            if variant != .generated {
                outcome.forced.append(
                    try await compute.run {
                        var trial = start
                        try trial.force()
                        return trial.scores
                    })
            }
            guard variant != .teacher_forced else {
                outcome.generated.append([])
                outcome.answers.append(nil)
                continue
            }
            var trial = start, goesOn = true
            while goesOn {
                let before = trial
                (trial, goesOn) = try await compute.run {
                    var trial = before
                    let goesOn = try trial.generate(tokensAtOnce, limit: plan.longestAnswer)
                    return (trial, goesOn)
                }
            }
            outcome.generated.append(trial.scores)
            outcome.answers.append(trial.answer)
        }
        return outcome
    }

    private static func note(answered: Int, of trials: Int) -> String? {
        if 2 * answered >= trials { return nil }
        let rest =
            answered == 0
            ? "there are no generated scores" : "the generated scores rest on \(answered == 1 ? "it" : "them") alone"
        return "The model answered \(answered) of \(trials) questions by itself: \(rest); the teacher-forced ones need no answer."
    }

    private static func heads(
        _ c: GPT2Configuration, generated: [[Double]], forced: [[Double]]
    ) -> [RetrievalScore] {
        func mean(_ trials: [[Double]], _ head: Int) -> Double? {
            trials.isEmpty ? nil : trials.reduce(0) { $0 + $1[head] } / Double(trials.count)
        }
        return (0..<c.n_layers * c.n_heads).map { head in
            let own = mean(generated, head), fed = mean(forced, head)
            return RetrievalScore(
                layer: head / c.n_heads, head: head % c.n_heads, generated: own.map { Float($0) },
                teacher_forced: fed.map { Float($0) }, is_retrieval_head: own ?? fed ?? 0 > RetrievalTrial.headThreshold)
        }
    }
}

extension LoadedModel {
    /// Tokens as people read them.
    func text(_ tokens: [Int32]) -> String { (try? tokenizer.decodeText(tokens)) ?? tokens.map(piece).joined() }
}
