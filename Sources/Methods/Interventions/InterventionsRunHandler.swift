import API
import Artifacts
import Attribution

/// `interventions.run`.
struct InterventionsRunHandler: MethodHandler {
    typealias M = InterventionsRun
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let plan = try await InterventionPlan(params, dictionaries, models)
        let access = rights.access(of: call)
        let list = try await compute.run {
            try QuestionList(params, model: plan.model, embeddedDirectory: models.embedded.path, access: access)
        }
        try plan.checkPositions(list.questions)
        let trials = Trials(model: plan.model, compute: compute, questions: list.questions)
        let control = try await params.control.asyncMap { try await Control($0, plan, dictionaries, trials, compute) }
        let changes = try await compute.run {
            [plan.interventions()] + (control?.draws.draws ?? []).map { plan.interventions(replacing: control?.edits($0)) }
        }
        let outcome = try await trials.measure(changes, comparesLogits: true)

        let comparison = outcome.logits[0], drops = outcome.drops(0), drop = Moments(drops)
        let drawn = 1..<changes.count
        return M.Result(
            model: plan.model.name, layers: plan.layers.map(\.layer), prompts: list.questions.count, tokens: trials.tokens,
            CE: comparison.CE_model.map { Float($0) }, CE_changed: comparison.CE.map { Float($0) },
            KL_logits: Float(comparison.KL_logits), answers: AnswerFigures(outcome.own),
            answers_changed: AnswerFigures(outcome.changed[0]), drop: drops.isEmpty ? nil : Float(drop.mean),
            drop_sd: drops.isEmpty ? nil : Float(drop.sd),
            control: control.map {
                ControlFigures($0.draws, drops: drawn.compactMap(outcome.drop), comparisons: drawn.map { outcome.logits[$0] })
            }, by_prompt: params.include_prompts ? effects(list, outcome) : nil)
    }

    private func effects(_ list: QuestionList, _ outcome: Trials.Outcome) -> [PromptEffect] {
        list.questions.indices.compactMap { number in
            guard let own = outcome.own[number], let changed = outcome.changed[0][number], let answer = list.answers[number]
            else {
                return nil
            }
            return PromptEffect(
                text: list.texts[number], answer: answer, logit_difference: Float(own.difference),
                logit_difference_changed: Float(changed.difference))
        }
    }

    /// The random pairs that stand beside a call's.
    private struct Control {
        let draws: PairDraws
        private let layer: Int
        private let factor: Float

        /// Pairs drawn in one call: a second's work.
        private static let mostDrawn = 20_000

        init(
            _ params: ControlParams, _ plan: InterventionPlan, _ dictionaries: DictionaryLibrary, _ trials: Trials,
            _ compute: Compute
        ) async throws {
            func refusal(_ reason: String) -> ParameterError {
                ParameterError("control", "a control compares pairs of one map: \(reason)")
            }
            guard plan.layers.count == 1, let place = plan.layers.first, let map = place.map, let dictionary = place.dictionary
            else {
                throw refusal("all edits are of one layer, and name a map")
            }
            guard let factor = place.given.first?.factor, place.given.allSatisfy({ $0.target == .pair && $0.factor == factor })
            else {
                throw refusal("all edits have the target 'pair' and the same factor")
            }
            var chosen: [PairDraws.Choice] = []
            for edit in place.given {
                guard let query = edit.query_feature, let key = edit.key_feature else { continue }
                for head in try dictionary.model.heads(edit.heads) {
                    chosen.append(.init(head: head, pair: FeaturePair(query: Int32(query), key: Int32(key))))
                }
            }
            if Set(chosen).count < chosen.count { throw refusal("no pair is named twice") }
            guard chosen.count * params.draws <= Self.mostDrawn else {
                throw refusal("\(chosen.count) pairs × heads in \(params.draws) draws are more than \(Self.mostDrawn) pairs")
            }
            let strengths = try await dictionaries.strengths(
                map, dictionary, heads: Set(chosen.map(\.head)).sorted(), by: params.strength, trials, compute)
            do throws(PairDraws.Shortage) {
                draws = try PairDraws(of: chosen, among: strengths, params)
            } catch {
                throw refusal(error.description)
            }
            (layer, self.factor) = (place.layer, factor)
        }

        /// The edits of a draw.
        func edits(_ draw: [PairDraws.Choice]) -> (layer: Int, edits: [Intervention.Edit]) {
            (layer, draw.map { Intervention.Edit(.pair($0.pair), heads: [$0.head], factor: factor) })
        }
    }
}

extension Optional {
    /// The value, if there is one, made into another while waiting.
    fileprivate func asyncMap<Other>(_ transform: (Wrapped) async throws -> Other) async rethrows -> Other? {
        if let self { try await transform(self) } else { nil }
    }
}
