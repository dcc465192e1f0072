import API
import Artifacts
import Attribution
import Checkpoints
import GPT2
import JSON
import Tensors
import Tokenizer

// What a call of `interventions.features` does:
//
// 1. The autoencoders, one intervention for each, their edits in the order of the call.
// 2. Batch by batch of prompts of one length: the model as it is, then changed, from the first layer that is encoded on.
// 3. Of each prompt one row of logits is compared, summed over prompts as the batches come.

/// `interventions.features`.
struct InterventionsFeaturesHandler: MethodHandler {
    typealias M = InterventionsFeatures
    let saes: SAELibrary
    let compute: Compute
    let rights: Rights

    /// Prompts that go through the model at once: a fraction of a second of GPT-2 small.
    private static let promptsAtOnce = 16

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let plan = try await FeaturePlan(params.edits, keepsError: params.keep_error, modelName: params.model, saes)
        let model = plan.model, access = rights.access(of: call)
        let watched = try (params.logits ?? []).map { text in
            let tokens = model.tokenizer.encode(text)
            guard tokens.count == 1 else {
                throw APIError(
                    .taskUnsuited, "'\(text)' is \(tokens.count) tokens of '\(model.name)'; a logit is one token's, as ' Mary'",
                    facts: ["text": .string(text), "tokens": .integer(tokens.count)])
            }
            return Int(tokens[0])
        }
        let prompts = try await compute.run {
            try TracedPrompts.list(
                params, prompts: params.prompts, task: params.task.map { ($0, params.count, params.seed) },
                prependsBOS: params.prepend_bos, model, access)
        }
        let rows = try prompts.map { try $0.position(params.position) }
        try plan.checkPositions(prompts)
        var tally = FeatureTally(model, edits: params.edits.count, prompts: prompts.count)
        for numbers in Self.batches(prompts) {
            let before = tally
            tally = try await compute.run {
                var tally = before
                try tally.add(plan, numbers, prompts, rows: rows)
                return tally
            }
        }
        return tally.result(params, plan, prompts, watched: watched)
    }

    /// Prompts of one length that go through the model at once.
    private static func batches(_ prompts: [TracedPrompt]) -> [[Int]] {
        Dictionary(grouping: prompts.indices) { prompts[$0].tokens.count }.sorted { $0.key < $1.key }.flatMap { _, numbers in
            stride(from: 0, to: numbers.count, by: promptsAtOnce).map {
                Array(numbers[$0..<min($0 + promptsAtOnce, numbers.count)])
            }
        }
    }
}

/// What is changed: the autoencoders with their edits, by activation.
struct FeaturePlan: Sendable {
    /// An autoencoder, and where its edits stand in the call.
    struct Part: Sendable {
        let sae: LoadedSAE
        let name: ActivationName
        let numbers: [Int]
    }

    let model: LoadedModel
    let parts: [Part]
    private let edits: [SAEFeatureEdit]
    private let keepsError: Bool

    /// Finds the autoencoders.
    ///
    /// - Throws: `sae_not_found`, `sae_unsuited` for two of one activation, `dictionary_model_mismatch`, `feature_out_of_range`.
    init(_ edits: [SAEFeatureEdit], keepsError: Bool, modelName: String?, _ saes: SAELibrary) async throws {
        var parts: [Part] = []
        for (number, edit) in edits.enumerated() {
            if edit.factor != nil, edit.value != nil {
                throw ParameterError("edits[\(number)]", "give 'factor' or 'value', not both")
            }
            if let place = parts.firstIndex(where: { $0.sae.info.sae == edit.sae }) {
                let known = parts[place]
                parts[place] = Part(sae: known.sae, name: known.name, numbers: known.numbers + [number])
            } else {
                let sae = try await saes.autoencoder(edit.sae, of: nil, modelName: modelName ?? parts.first?.sae.model.name)
                let name = sae.info.site.activation(sae.info.layer)
                if let other = parts.first(where: { $0.name == name }) {
                    throw APIError(
                        .saeUnsuited,
                        "sparse autoencoders \(other.sae.info.sae) and \(edit.sae) are both of \(name); name one of them",
                        facts: ["sae": .string(edit.sae), "other": .string(other.sae.info.sae)])
                }
                parts.append(Part(sae: sae, name: name, numbers: [number]))
            }
            try parts.first { $0.sae.info.sae == edit.sae }?.sae.check(feature: edit.feature)
        }
        guard let first = parts.first else { throw ParameterError("edits", "name at least one change") }
        (model, self.parts, self.edits, self.keepsError) = (first.sae.model, parts, edits, keepsError)
    }

    /// The first layer that is encoded.
    var firstLayer: Int { parts.compactMap(\.name.layer).min() ?? 0 }

    /// The layers that are, ascending.
    var layers: [Int] { Set(parts.compactMap(\.name.layer)).sorted() }

    /// - Throws: `position_out_of_range` if a prompt lacks a token that an edit names.
    func checkPositions(_ prompts: [TracedPrompt]) throws {
        for prompt in prompts {
            for position in edits.flatMap({ $0.positions ?? [] }) { _ = try prompt.position(position) }
        }
    }

    /// The interventions in a batch of prompts of one length.
    func interventions(_ prompts: [TracedPrompt]) throws -> [FeatureIntervention] {
        try parts.map { part in
            let edits = try part.numbers.map { number in
                let edit = self.edits[number]
                let tokens = try edit.positions.map { positions in
                    Set(
                        try prompts.enumerated().flatMap { b, prompt in
                            try positions.map { b * prompt.tokens.count + (try prompt.position($0)) }
                        })
                }
                return FeatureIntervention.Edit(
                    feature: Int32(edit.feature), edit.value.map { .set($0) } ?? .scale(edit.factor ?? 0), tokens: tokens)
            }
            return FeatureIntervention(part.name, part.sae.weights, edits: edits, keepsError: keepsError)
        }
    }
}

/// What a call's changes do, summed over prompts.
private struct FeatureTally: Sendable {
    private let model: LoadedModel
    /// [V] sums over prompts.
    private var own: [Double], changed: [Double]
    private var comparison = LogitComparison()
    private var outcomes: [FeatureIntervention.Outcome], promptsChanged: [Int]
    private var ownAnswers: [AnswerLogits?], changedAnswers: [AnswerLogits?]
    /// In how many prompts anything was changed.
    private var anyChanged = 0

    init(_ model: LoadedModel, edits: Int, prompts: Int) {
        self.model = model
        own = Array(repeating: 0, count: model.gpt2.configuration.d_vocab)
        changed = own
        outcomes = Array(repeating: .init(), count: edits)
        promptsChanged = Array(repeating: 0, count: edits)
        ownAnswers = Array(repeating: nil, count: prompts)
        changedAnswers = ownAnswers
    }

    /// Takes in some prompts of one length.
    mutating func add(_ plan: FeaturePlan, _ numbers: [Int], _ prompts: [TracedPrompt], rows: [Int]) throws {
        let batch = numbers.map { prompts[$0] }, T = batch[0].tokens.count, gpt2 = model.gpt2
        let tokens = TokenBatch(batch.flatMap(\.tokens), B: batch.count, T: T)
        let output = ActivationName(.ln_final_normalized), stream = ActivationName(.resid_pre, plan.firstLayer)
        let before = try gpt2.forward(tokens, capture: [output, stream])
        let start = ResidualStart(layer: plan.firstLayer, resid_pre: before[stream])
        let found = try gpt2.forward(tokens, from: start, capture: [output], editing: try plan.interventions(batch))
        let ownRows = Self.rows(before[output], numbers.map { rows[$0] }, T: T)
        let changedRows = Self.rows(found.activations[output], numbers.map { rows[$0] }, T: T)
        comparison.add(
            gpt2, TokenBatch(numbers.map { prompts[$0].tokens[rows[$0]] }, B: numbers.count, T: 1), own: ownRows,
            changed: changedRows)
        for (b, number) in numbers.enumerated() {
            let logits = Self.logits(gpt2, ownRows, b), new = Self.logits(gpt2, changedRows, b)
            for token in own.indices {
                own[token] += Double(logits[token])
                changed[token] += Double(new[token])
            }
            ownAnswers[number] = AnswerLogits(prompts[number].answer, logits)
            changedAnswers[number] = AnswerLogits(prompts[number].answer, new)
            if logits != new { anyChanged += 1 }
        }
        for (part, found) in zip(plan.parts, found.outcomes) {
            for (number, outcome) in zip(part.numbers, found) {
                outcomes[number].active += outcome.active
                outcomes[number].changed += outcome.changed
                outcomes[number].activation += outcome.activation
                promptsChanged[number] += Set(outcome.changedTokens.map { $0 / T }).count
            }
        }
    }

    /// [B, 1, D] one row of each prompt.
    private static func rows(_ normalized: Tensor, _ rows: [Int], T: Int) -> Tensor {
        let D = normalized.shape[2]
        let values = rows.enumerated().flatMap { b, row in normalized.values[(b * T + row) * D..<(b * T + row + 1) * D] }
        return Tensor([rows.count, 1, D], Array(values))
    }

    /// [V] the logits of a row.
    private static func logits(_ model: GPT2Model, _ rows: Tensor, _ row: Int) -> [Float] {
        let D = model.configuration.d_model
        var logits = [Float](scratch: model.configuration.d_vocab)
        var span = logits.mutableSpan
        model.unembed(rows.values.span.extracting(row * D..<(row + 1) * D), into: &span)
        return logits
    }
}

extension FeatureTally {
    /// The figures.
    func result(
        _ params: InterventionsFeatures.Params, _ plan: FeaturePlan, _ prompts: [TracedPrompt], watched: [Int]
    ) -> InterventionsFeatures.Result {
        let order = own.indices.sorted { changed[$0] - own[$0] > changed[$1] - own[$1] }
        let drops = zip(ownAnswers, changedAnswers).compactMap { own, changed in
            own.flatMap { own in changed.map { own.difference - $0.difference } }
        }
        let drop = Moments(drops)
        return InterventionsFeatures.Result(
            model: model.name, layers: plan.layers, prompts: prompts.count, changed: anyChanged,
            edits: params.edits.enumerated().map { described($1, number: $0, plan) }, KL_logits: Float(comparison.KL_logits),
            raised: order.prefix(params.top_k).filter { changed[$0] > own[$0] }.map { change($0, prompts.count) },
            lowered: order.reversed().prefix(params.top_k).filter { changed[$0] < own[$0] }.map { change($0, prompts.count) },
            logits: params.logits.map { _ in watched.map { change($0, prompts.count) } }, answers: AnswerFigures(ownAnswers),
            answers_changed: AnswerFigures(changedAnswers), drop: drops.isEmpty ? nil : Float(drop.mean),
            drop_sd: drops.isEmpty ? nil : Float(drop.sd), by_prompt: params.include_prompts ? effects(prompts) : nil)
    }

    private func described(_ edit: SAEFeatureEdit, number: Int, _ plan: FeaturePlan) -> EditedFeature {
        let outcome = outcomes[number], layer = plan.parts.first { $0.sae.info.sae == edit.sae }?.sae.info.layer ?? 0
        return EditedFeature(
            sae: edit.sae, layer: layer, feature: edit.feature, prompts: promptsChanged[number], active: outcome.active,
            changed: outcome.changed, activation: Float(outcome.activation / Double(max(outcome.active, 1))))
    }

    private func change(_ token: Int, _ prompts: Int) -> LogitChange {
        LogitChange(
            token: token, piece: model.piece(Int32(token)), logit: Float(own[token] / Double(prompts)),
            logit_changed: Float(changed[token] / Double(prompts)))
    }

    private func effects(_ prompts: [TracedPrompt]) -> [PromptEffect] {
        prompts.indices.compactMap { number in
            guard let answer = prompts[number].answer, let own = ownAnswers[number], let changed = changedAnswers[number] else {
                return nil
            }
            return PromptEffect(
                text: prompts[number].text, answer: model.piece(answer.right), logit_difference: Float(own.difference),
                logit_difference_changed: Float(changed.difference))
        }
    }
}

extension AnswerLogits {
    /// The logits of an answer's tokens in a row of all; nil without an answer.
    fileprivate init?(_ answer: Answer?, _ logits: [Float]) {
        guard let answer else { return nil }
        self.init(right: logits[Int(answer.right)], wrong: answer.wrong.map { logits[Int($0)] })
    }
}
