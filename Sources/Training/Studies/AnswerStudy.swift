import API
import Artifacts
import Attribution
import GPT2
import Systemd
import Tasks
import Tensors
import Tokenizer

/// What features do for a task's answer, and which of its tokens they point to.
struct AnswerStudy {
    let workplace: Workplace
    let params: StudiesRun.Params
    let model: LoadedModel

    /// Prompts that go through the model at once.
    private static let promptsAtOnce = 16

    /// Asks the task with each autoencoder.
    func run(_ infos: [SAEInfo]) throws -> StudyFindings {
        let tasks = TaskPrompts(model: model, access: workplace.access)
        let asked = try tasks.prompts(
            params.task ?? "", count: params.count, seed: params.seed, prependsBOS: params.prepend_bos)
        let prompts = asked.compactMap { PlacedPrompt(TracedPrompt($0)) }
        let changed = try asked.enumerated().compactMap { try self.changed($1, number: $0) }
        var features: [StudyAnswerFeature] = [], errors: [StudyError] = [], difference: Double?
        for info in infos {
            let sae = try workplace.studied(info)
            let study = try study(sae, prompts, changed)
            features += study.features.map { described($0, sae, changed: changed.isEmpty ? nil : changed.count) }
            errors += params.places.map { place in
                let drop = Moments(study.errorDrops[place] ?? [])
                return StudyError(
                    sae: info.sae, layer: info.layer, place: place, drop: Float(drop.mean), drop_sd: Float(drop.sd))
            }
            difference = Moments(study.differences).mean
        }
        return StudyFindings(
            answers: features, errors: errors, logit_difference: difference.map { Float($0) }, prompts: prompts.count,
            changed_prompts: changed.count)
    }

    /// A prompt with the words changed; nil if it does not have them, or loses a place by it.
    private func changed(_ prompt: TaskPrompt, number: Int) throws -> PlacedPrompt? {
        let text = prompt.text.replacing(params.replace, with: params.replacement)
        if text == prompt.text { return nil }
        let asked = CausalPrompt(text: text, answer: prompt.answer.text, wrong: prompt.wrong.map(\.text))
        let placed = PlacedPrompt(
            try TracedPrompt(asked, number: number, model: model, prependsBOS: params.prepend_bos))
        return placed.flatMap { placed in params.places.allSatisfy { placed.places[$0] != nil } ? placed : nil }
    }

    private func study(
        _ sae: StudyJob.Studied, _ prompts: [PlacedPrompt], _ changed: [PlacedPrompt]
    ) throws -> AnswerFeatures {
        var study = AnswerFeatures(model.gpt2, layer: sae.info.layer, sae.weights, places: params.places)
        let tokens = prompts.reduce(0) { $0 + $1.tokens.count } / max(prompts.count, 1)
        var reporter = ProgressReporter(
            stage: sae.info.sae, steps: 2 * prompts.count + changed.count, tokensPerStep: tokens)
        var done = 0
        func breathe(_ count: Int) throws {
            done += count
            FaultPoint.reached("study")
            try Termination.check()
            try reporter.report(done, metrics: [:])
        }
        for prompt in prompts {
            try study.observe(prompt)
            try breathe(1)
        }
        study.choose(params.limit ?? 1)
        for prompt in changed {
            try study.observeChanged(prompt)
            try breathe(1)
        }
        let byLength = Dictionary(grouping: prompts, by: \.tokens.count).sorted { $0.key < $1.key }.map(\.value)
        for group in byLength {
            for first in stride(from: 0, to: group.count, by: Self.promptsAtOnce) {
                let part = Array(group[first..<min(first + Self.promptsAtOnce, group.count)])
                try study.measure(part) {
                    try Termination.check()
                    try reporter.repeatIfDue()
                }
                try breathe(part.count)
            }
        }
        return study
    }

    private func described(_ feature: AnswerFeature, _ sae: StudyJob.Studied, changed: Int?) -> StudyAnswerFeature {
        let head = sae.strongestHead(feature.feature), drop = Moments(feature.drops), prompts = Double(max(feature.prompts, 1))
        let sources = feature.sources.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map {
            StudyAnswerFeature.Source(
                place: $0.key, contribution: Float($0.value / prompts), strongest: feature.strongest[$0.key] ?? 0)
        }
        return StudyAnswerFeature(
            sae: sae.info.sae, layer: sae.info.layer, place: feature.place, feature: Int(feature.feature),
            prompts: feature.prompts, activation: Float(feature.activation / prompts), head: head.head,
            head_share: Float(head.share), points_to: feature.pointsTo ?? "", sources: sources, drop: Float(drop.mean),
            drop_sd: Float(drop.sd), changed_prompts: changed.map { _ in feature.changed.prompts },
            changed_activation: changed.map { _ in
                Float(feature.changed.activation / Double(max(feature.changed.prompts, 1)))
            })
    }
}

extension PlacedPrompt {
    /// A prompt with its answer and places; nil if it has no answer.
    fileprivate init?(_ prompt: TracedPrompt) {
        guard let answer = prompt.answer else { return nil }
        self.init(
            tokens: prompt.tokens, answer: answer,
            places: Dictionary(prompt.places.map { ($0.name, $0.position) }) { first, _ in first })
    }
}
