import API
import Artifacts
import Checkpoints
import Circuits
import GPT2
import Heads
import JSON
import Tasks
import Tensors
import Tokenizer

/// `models.selftest`: layer by layer and prompt by prompt.
struct ModelsSelftestHandler: MethodHandler {
    typealias M = ModelsSelftest
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights
    /// Files of numbers that come with the service.
    let known: [GuardedPath]

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), c = model.gpt2.configuration
        let places = try params.goldens.map { [try rights.place($0, in: call)] } ?? known
        let all = try await compute.run { try places.map(Self.read) }
        guard let goldens = all.first(where: { $0.fit(c) }) else {
            let shapes = all.map { "\($0.model) has \($0.shape)" }.joined(separator: "; ")
            let own = "\(c.n_layers) layers of \(c.n_heads) heads, d_model \(c.d_model), d_vocab \(c.d_vocab), n_ctx \(c.n_ctx)"
            return M.Result(
                model: model.name, verdict: .other_model,
                reason: "it has \(own), and no model with known numbers does: \(shapes)",
                checks: [], left_out: [])
        }
        let traced = try await traced(goldens, params, model, call)
        let test = try await run(SelfTest(model.gpt2, goldens), model, traced, n_layers: c.n_layers)
        var result = M.Result(
            model: model.name, known_as: goldens.model, source: goldens.source, verdict: .passed,
            checks: test.checks.map { SelfTestCheck($0) }, left_out: [])
        if test.isKnownModel, let traces = goldens.traces {
            if let reason = traced.reason {
                result.left_out = ["logit differences and traces of \(traces.description): \(reason)"]
            } else if !test.unnamedPlaces.isEmpty {
                let places = test.unnamedPlaces.joined(separator: ", ")
                result.left_out = ["links of traces at \(places): the prompts do not name such a token"]
            }
        }
        switch test.verdict {
        case .passed: break
        case .failed: result.verdict = .failed
        case .otherModel(let reason): (result.verdict, result.reason) = (.other_model, reason)
        }
        return result
    }

    private func run(
        _ test: SelfTest, _ model: LoadedModel, _ traced: Traced, n_layers: Int
    ) async throws -> SelfTest {
        var test = test
        for layer in 0..<n_layers { test = try await step(test) { try $0.compareSingularValues(layer: layer) } }
        guard test.isKnownModel else { return test }
        test = try await step(test) { test in
            test.compareTokens(bos: model.tokenizer.bos) { model.tokenizer.encode($0) }
        }
        for prompt in 0..<test.prompts { test = try await step(test) { try $0.comparePrompt(prompt) } }
        for look in 0..<test.looks { test = try await step(test) { try $0.compareLook(look) } }
        for prompt in traced.prompts {
            test = try await step(test) { test in try test.trace(prompt) { try decompositions.layer(model, $0, $1) } }
        }
        test.compareTraces()
        return test
    }

    private func step(
        _ test: SelfTest, _ body: @escaping @Sendable (inout SelfTest) throws -> Void
    ) async throws -> SelfTest {
        try await compute.run {
            var test = test
            try body(&test)
            return test
        }
    }

    /// Reads a file of numbers.
    ///
    /// - Throws: `file_not_found`, `path_refused`, `text_unreadable` for one that holds something else.
    private static func read(_ place: GuardedPath) throws(APIError) -> Goldens {
        let facts: JSONObject = ["path": .string(place.path)], goldens: Goldens
        do throws(SafetensorsError) {
            goldens = try Goldens(place)
        } catch {
            if let refusal = APIError.refusal(place, error) { throw refusal }
            if case .file = error.reason { throw APIError(.fileNotFound, error.description, facts: facts) }
            throw APIError(.textUnreadable, error.description, facts: facts)
        }
        if let flaw = goldens.flaw {
            throw APIError(.textUnreadable, "\(place.path): \(flaw)", facts: facts)
        }
        return goldens
    }
}

extension ModelsSelftestHandler {
    /// Prompts whose traces are known, or why there are none.
    private struct Traced: Sendable {
        var prompts: [TraceGoldens.Prompt] = []
        var reason: String?
    }

    /// The prompts that came with the numbers, or those that the call names.
    private func traced(_ goldens: Goldens, _ params: M.Params, _ model: LoadedModel, _ call: Call) async throws -> Traced {
        guard let known = goldens.traces else { return Traced(reason: "nothing is known of them") }
        guard let task = params.task else {
            let reason =
                known.prompts.isEmpty ? "the numbers come without these prompts; 'task' names them where they are at hand" : nil
            return Traced(prompts: known.prompts, reason: reason)
        }
        if known.prompts.isEmpty, TaskPack(rawValue: task) != nil {
            return Traced(reason: "the numbers are of prompts of their own, and '\(task)' makes others; name a file of those")
        }
        let count = known.difference.prompts, access = rights.access(of: call)
        return try await compute.run {
            let found = try TaskPrompts(model: model, access: access).prompts(
                task, count: count, seed: 0, prependsBOS: known.prependsBOS)
            guard found.count == count else {
                return Traced(reason: "the numbers are of \(count) prompts, and '\(task)' has \(found.count)")
            }
            for prompt in found { try PromptTracer.check(TracedPrompt(prompt)) }
            return Traced(prompts: found.map { TraceGoldens.Prompt($0, known.places) })
        }
    }
}

extension TraceGoldens.Prompt {
    /// A task's prompt, with the positions of places by name; `S2-1` is the token before `S2`, `S2+1` the one after it.
    fileprivate init(_ prompt: TaskPrompt, _ places: [String]) {
        let known = Dictionary(prompt.places.map { ($0.name, $0.position) }) { first, _ in first }
        let positions = places.map { place -> Int in
            if let position = known[place] { return position }
            let step = place.hasSuffix("-1") ? -1 : place.hasSuffix("+1") ? 1 : 0
            guard step != 0, let base = known[String(place.dropLast(2))], prompt.tokens.indices.contains(base + step) else {
                return -1
            }
            return base + step
        }
        self.init(tokens: prompt.tokens, right: prompt.answer.token, wrong: prompt.wrong[0].token, positions: positions)
    }
}

extension SelfTestCheck {
    /// A check as the wire has it.
    fileprivate init(_ check: SelfTest.Check) {
        self.init(
            check: check.name.rawValue, compares: check.name.summary, is_passed: check.isPassed, numbers: check.count,
            wrong: check.failures,
            // JSON has no infinity.
            worst_deviation: Float(min(check.deviation, Double(Float.greatestFiniteMagnitude))),
            tolerance: Float(check.tolerance), place: check.place)
    }
}
