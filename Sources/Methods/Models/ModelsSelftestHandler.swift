import API
import Artifacts
import Checkpoints
import GPT2
import Heads
import JSON
import Tensors
import Tokenizer

/// `models.selftest`: layer by layer and prompt by prompt.
struct ModelsSelftestHandler: MethodHandler {
    typealias M = ModelsSelftest
    let models: ModelLibrary
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
        let test = try await run(SelfTest(model.gpt2, goldens), model, n_layers: c.n_layers)
        var result = M.Result(
            model: model.name, known_as: goldens.model, source: goldens.source, verdict: .passed,
            checks: test.checks.map { SelfTestCheck($0) }, left_out: test.isKnownModel ? Self.leftOut(goldens) : [])
        switch test.verdict {
        case .passed: break
        case .failed: result.verdict = .failed
        case .otherModel(let reason): (result.verdict, result.reason) = (.other_model, reason)
        }
        return result
    }

    private func run(_ test: SelfTest, _ model: LoadedModel, n_layers: Int) async throws -> SelfTest {
        var test = test
        for layer in 0..<n_layers { test = try await step(test) { try $0.compareSingularValues(layer: layer) } }
        guard test.isKnownModel else { return test }
        test = try await step(test) { test in
            test.compareTokens(bos: model.tokenizer.bos) { model.tokenizer.encode($0) }
        }
        for prompt in 0..<test.prompts { test = try await step(test) { try $0.comparePrompt(prompt) } }
        for look in 0..<test.looks { test = try await step(test) { try $0.compareLook(look) } }
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

    /// What is published of a model and not compared here.
    private static func leftOut(_ goldens: Goldens) -> [String] {
        guard goldens.model == "GPT-2 small" else { return [] }
        return [
            "logit difference on IOI (mean 3.011, sd 1.464, positive on 97.7 % of 256 prompts): the prompts are not published as texts",
            "edges of the traced IOI circuit: they are of the same prompts",
        ]
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
