import API
import Artifacts
import Attribution
import Circuits
import GPT2
import Tensors

// What a call of `interventions.signal` does:
//
// 1. Prompt by prompt: the model's own pass, the look, its signal, and what the writers below carry of it (`CarriedSignal`).
// 2. Batch by batch of prompts of one length: the model with the signal scaled, then with each draw of the control, from the first layer
//    that is changed on. A prompt in which nothing is changed runs along and is left out of the figures.
// 3. The figures: of every prompt that was changed, attention and score of the look, and the logit difference.

/// `interventions.signal`.
struct InterventionsSignalHandler: MethodHandler {
    typealias M = InterventionsSignal
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    /// Prompts that go through the model at once: a fraction of a second of GPT-2 small.
    private static let promptsAtOnce = 16

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model)
        try check(params, model)
        let access = rights.access(of: call)
        let prompts = try await compute.run {
            try TracedPrompts.list(
                params, prompts: params.prompts, task: params.task.map { ($0, params.count, params.seed) },
                prependsBOS: params.prepend_bos, model, access)
        }
        var signals: [CarriedSignal] = []
        for prompt in prompts { signals.append(try await compute.run { try signal(params, prompt, model) }) }
        let changed = signals.indices.filter { signals[$0].terms > 0 && (params.include_silent || signals[$0].fires) }
        let trials = try await trials(params, prompts, signals, changed, model)
        return report(params, prompts, signals, changed, trials, model)
    }

    private func check(_ params: M.Params, _ model: LoadedModel) throws {
        try TracedPrompts.check([params.look], model)
        for (number, head) in (params.upstream ?? []).enumerated() {
            try model.check(layer: head.layer)
            try model.check(head: head.head)
            guard head.layer < params.look.layer else {
                throw ParameterError(
                    "upstream[\(number)].layer",
                    "head \(head.layer).\(head.head) is not of a layer below \(params.look.layer), which reads")
            }
        }
        for (number, layer) in (params.mlps ?? []).enumerated() {
            try model.check(layer: layer)
            guard layer < params.look.layer else {
                throw ParameterError("mlps[\(number)]", "layer \(layer) is not below \(params.look.layer), which reads")
            }
        }
        let writers = Self.writers(params)
        if writers.isEmpty { throw ParameterError("upstream", "give 'upstream', 'mlps' or both") }
        if Set(writers).count < writers.count { throw ParameterError("upstream", "a head or an MLP stands twice") }
    }

    /// The heads and MLPs whose outputs are changed.
    private static func writers(_ params: M.Params) -> [CarriedSignal.Writer] {
        (params.upstream ?? []).map { .head(layer: $0.layer, head: $0.head) } + (params.mlps ?? []).map { .mlp(layer: $0) }
    }

    private func signal(_ params: M.Params, _ prompt: TracedPrompt, _ model: LoadedModel) throws -> CarriedSignal {
        let pass = try PromptPass(model.gpt2, tokens: prompt.tokens)
        return try CarriedSignal(
            try PromptTracer.look(params.look, in: prompt, pass), params.side == .source ? .source : .destination,
            carriedBy: Self.writers(params), in: pass, TraceSettings(params.options)
        ) { try decompositions.layer(model, $0, $1) }
    }

    /// One prompt in one trial.
    struct Outcome: Sendable {
        var attention: Float, score: Float
        var answer: AnswerLogits?
    }

    /// The model's own outcome, that of the change, and those of the draws; by prompt, nil where nothing is changed.
    struct Trials: Sendable {
        var own: [Outcome?]
        var changed: [[Outcome?]]
    }

    private func trials(
        _ params: M.Params, _ prompts: [TracedPrompt], _ signals: [CarriedSignal], _ changed: [Int], _ model: LoadedModel
    ) async throws -> Trials {
        let nobody = [Outcome?](repeating: nil, count: prompts.count)
        var trials = Trials(own: nobody, changed: Array(repeating: nobody, count: params.draws + 1))
        var generator = RandomGenerator(seed: UInt64(params.control_seed))
        let byLength = Dictionary(grouping: changed) { prompts[$0].tokens.count }.sorted { $0.key < $1.key }
        for (T, numbers) in byLength {
            for first in stride(from: 0, to: numbers.count, by: Self.promptsAtOnce) {
                let part = Array(numbers[first..<min(first + Self.promptsAtOnce, numbers.count)])
                let batch = SignalBatch(part, prompts, signals, T: T, params)
                let (own, start) = try await compute.run { try batch.unchanged(model.gpt2) }
                for (b, number) in part.enumerated() { trials.own[number] = own[b] }
                for trial in 0...params.draws {
                    let additions =
                        trial == 0
                        ? part.map { signals[$0].additions(factor: params.factor) }
                        : part.map { signals[$0].control(factor: params.factor, using: &generator) }
                    let found = try await compute.run { try batch.changed(model.gpt2, additions, from: start) }
                    for (b, number) in part.enumerated() { trials.changed[trial][number] = found[b] }
                }
            }
        }
        return trials
    }
}

/// Prompts of one length whose signals are changed together.
private struct SignalBatch: Sendable {
    private let questions: QuestionBatch
    private let signals: [CarriedSignal]
    private let isLocal: Bool

    init(_ numbers: [Int], _ prompts: [TracedPrompt], _ signals: [CarriedSignal], T: Int, _ params: InterventionsSignal.Params) {
        questions = QuestionBatch(
            numbers: numbers, batch: TokenBatch(numbers.flatMap { prompts[$0].tokens }, B: numbers.count, T: T),
            answers: numbers.map { prompts[$0].answer })
        self.signals = numbers.map { signals[$0] }
        isLocal = params.scope == .local
    }

    private var layer: Int { signals.first?.look.layer ?? 0 }

    /// What the looks read, and the last LayerNorm's output.
    private var names: Set<ActivationName> {
        [ActivationName(.attn_scores, layer), ActivationName(.pattern, layer), ActivationName(.ln_final_normalized)]
    }

    /// The model as it is, and where the changed passes begin.
    func unchanged(_ model: GPT2Model) throws -> ([InterventionsSignalHandler.Outcome], ResidualStart?) {
        let first = StreamAdditions(signals.map { $0.additions(factor: 0) }).firstLayer ?? layer
        let start = isLocal ? layer : first
        let found = try model.forward(questions.batch, capture: names.union([ActivationName(.resid_pre, start)]))
        return (outcomes(model, found), ResidualStart(layer: start, resid_pre: found[.resid_pre, start]))
    }

    /// The model with additions.
    func changed(
        _ model: GPT2Model, _ additions: [[StreamAddition]], from start: ResidualStart?
    ) throws -> [InterventionsSignalHandler.Outcome] {
        let change = isLocal ? StreamAdditions(additions, seenBy: signals) : StreamAdditions(additions)
        return outcomes(model, try change.run(model, questions.batch, from: start, capture: names))
    }

    private func outcomes(_ model: GPT2Model, _ found: Activations) -> [InterventionsSignalHandler.Outcome] {
        let answers = questions.answerLogits(model, found[.ln_final_normalized])
        let pattern = found[.pattern, layer], scores = found[.attn_scores, layer]
        let (H, T) = (pattern.shape[1], pattern.shape[2])
        return signals.enumerated().map { b, signal in
            let look = signal.look
            let place = ((b * H + look.head) * T + look.destination) * T + look.source
            return InterventionsSignalHandler.Outcome(
                attention: pattern.values[place], score: scores.values[place], answer: answers[b])
        }
    }
}

extension InterventionsSignalHandler {
    private func report(
        _ params: M.Params, _ prompts: [TracedPrompt], _ signals: [CarriedSignal], _ changed: [Int], _ trials: Trials,
        _ model: LoadedModel
    ) -> M.Result {
        let likeness = changed.map { signals[$0].likeness(factor: params.factor) }
        let draws = trials.changed.dropFirst().map { SignalEffect(own: trials.own, changed: $0) }
        return M.Result(
            model: model.name, mode: params.options.mode, prompts: prompts.count, changed: changed.count,
            terms: Float(Moments(changed.map { Double(signals[$0].terms) }).mean),
            cosine: Float(Moments(likeness.map(\.cosine)).mean), norm_ratio: Float(Moments(likeness.map(\.ratio)).mean),
            answers: AnswerFigures(trials.own.map { $0?.answer }),
            effect: SignalEffect(own: trials.own, changed: trials.changed[0]),
            control: draws.isEmpty || changed.isEmpty ? nil : SignalEffect(draws: draws),
            by_prompt: params.include_prompts ? prompts.indices.map { effect($0, prompts, signals, trials) } : nil)
    }

    private func effect(
        _ number: Int, _ prompts: [TracedPrompt], _ signals: [CarriedSignal], _ trials: Trials
    ) -> SignalPromptEffect {
        let signal = signals[number], changed = trials.changed[0][number]
        return SignalPromptEffect(
            text: prompts[number].text, destination: signal.look.destination, source: signal.look.source, fires: signal.fires,
            attention: signal.attention, attention_changed: changed?.attention,
            logit_difference: trials.own[number]?.answer.map { Float($0.difference) },
            logit_difference_changed: changed?.answer.map { Float($0.difference) })
    }
}

extension SignalEffect {
    /// What a trial does, mean over the prompts that it changes.
    fileprivate init(own: [InterventionsSignalHandler.Outcome?], changed: [InterventionsSignalHandler.Outcome?]) {
        let pairs = zip(own, changed).compactMap { own, changed in own.flatMap { own in changed.map { (own, $0) } } }
        let drops = Moments(
            pairs.compactMap { own, changed in own.answer.flatMap { own in changed.answer.map { own.difference - $0.difference } }
            })
        let hasAnswers = pairs.contains { $0.0.answer != nil }
        self.init(
            attention: Float(Moments(pairs.map { Double($0.0.attention) }).mean),
            attention_changed: Float(Moments(pairs.map { Double($0.1.attention) }).mean),
            attn_score_change: Float(Moments(pairs.map { Double($0.1.score) - Double($0.0.score) }).mean),
            drop: hasAnswers ? Float(drops.mean) : nil, drop_sd: hasAnswers ? Float(drops.sd) : nil)
    }

    /// What draws do, mean over them.
    fileprivate init(draws: [SignalEffect]) {
        let drops = Moments(draws.compactMap { $0.drop.map(Double.init) })
        let hasAnswers = draws.contains { $0.drop != nil }
        self.init(
            attention: draws[0].attention, attention_changed: Float(Moments(draws.map { Double($0.attention_changed) }).mean),
            attn_score_change: Float(Moments(draws.map { Double($0.attn_score_change) }).mean),
            drop: hasAnswers ? Float(drops.mean) : nil, drop_sd: hasAnswers ? Float(drops.sd) : nil)
    }
}
