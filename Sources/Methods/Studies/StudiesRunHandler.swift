import API
import Artifacts
import Checkpoints
private import Foundation
import GPT2
import JSON
import Jobs
import Tensors
import Tokenizer

/// `studies.run`: checks all that can be checked, then queues the job.
struct StudiesRunHandler: MethodHandler {
    typealias M = StudiesRun
    let saes: SAEArchive
    let models: ModelLibrary
    let jobs: JobQueue
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let infos = try (params.saes ?? []).map { try info($0) }
        let model = try await model(params, infos), access = rights.access(of: call)
        let (resolved, estimate) = try await compute.run {
            var params = params
            params.model = model.name
            let T: Int
            switch params.kind {
            case .prefixes: T = try Self.checkPrefixes(&params, model)
            case .answers: T = try Self.checkAnswers(&params, model, access)
            case .families, .polysemanticity: T = try checkText(&params, infos, model, access)
            }
            let cost = TrainingCost(params, infos, model: model, context: T)
            return (params, cost.estimate(flopsPerSecond: TrainingCost.speed()))
        }
        try estimate.check(
            memory: Int(clamping: ProcessInfo.processInfo.physicalMemory), advice: "study one autoencoder at a time")
        if params.dry_run { return JobSubmission(estimate: estimate) }
        let submitted = try await jobs.submit(
            kind: .studiesRun, params: try JSON(encoding: resolved), owner: Int(call.peer.uid),
            clientRoots: rights.roots(of: call))
        return JobSubmission(job: submitted, estimate: estimate)
    }

    private func info(_ id: String) throws -> SAEInfo {
        let info = try saes.info(id)
        guard info.site == .z else {
            throw APIError(
                .saeUnsuited, "sparse autoencoder \(id) is of \(info.site.rawValue); studies are of features of z",
                facts: ["sae": .string(id), "site": .string(info.site.rawValue), "needed": .string(SAESite.z.rawValue)])
        }
        return info
    }

    /// The model of all autoencoders, or the one that is named.
    private func model(_ params: M.Params, _ infos: [SAEInfo]) async throws -> LoadedModel {
        guard infos.isEmpty == (params.kind == .prefixes) else {
            throw ParameterError(
                "saes",
                params.kind == .prefixes
                    ? "a study of prefixes is of a model's heads; it takes no autoencoders"
                    : "a study of kind '\(params.kind.rawValue)' needs autoencoders of z, as in [\"s1\"]")
        }
        if Set(infos.map(\.sae)).count < infos.count { throw ParameterError("saes", "an autoencoder stands twice") }
        let model = try await models.model(params.model ?? infos.first?.model)
        for info in infos where info.model_fingerprint != model.fingerprint {
            throw APIError(
                .dictionaryModelMismatch,
                "sparse autoencoder \(info.sae) is for '\(info.model)' with fingerprint \(info.model_fingerprint); '\(model.name)' "
                    + "has \(model.fingerprint)",
                facts: ["sae": .string(info.sae), "model": .string(model.name), "fingerprint": .string(model.fingerprint)])
        }
        return model
    }
}

extension StudiesRunHandler {
    /// - Returns: The length of the texts.
    private static func checkPrefixes(_ params: inout M.Params, _ model: LoadedModel) throws -> Int {
        let c = model.gpt2.configuration, T = params.length ?? min(c.n_ctx, Corpus.longestContext)
        guard T <= c.n_ctx else {
            throw APIError(
                .textTooLong, "texts of \(T) tokens are longer than '\(model.name)' reads, \(c.n_ctx)",
                facts: ["tokens": .integer(T), "n_ctx": .integer(c.n_ctx)])
        }
        guard model.tokenizer.bos != nil else {
            throw APIError(
                .tokenizerUnreadable, "the vocabulary of '\(model.name)' has no BOS, with which the texts begin",
                facts: ["model": .string(model.name)])
        }
        guard 2 * params.longest + 1 < T, T < c.d_vocab else {
            throw ParameterError(
                "longest",
                "a prefix of \(params.longest) tokens, what follows it, and its copy do not fit behind BOS in \(T) different tokens "
                    + "of \(c.d_vocab)")
        }
        params.length = T
        return T
    }

    /// - Returns: The length of the longest prompt.
    private static func checkAnswers(_ params: inout M.Params, _ model: LoadedModel, _ access: FileAccess) throws -> Int {
        guard let task = params.task else { throw ParameterError("task", "a study of answers needs a task") }
        let prompts = try TaskPrompts(model: model, access: access).prompts(
            task, count: params.count, seed: params.seed, prependsBOS: params.prepend_bos
        ).map { TracedPrompt($0) }
        for prompt in prompts { for place in params.places { _ = try prompt.position(.place(place)) } }
        params.limit = params.limit ?? StudyDefaults.answerFeatures
        return prompts.map(\.tokens.count).max() ?? 1
    }

    /// - Returns: The length of the contexts.
    private func checkText(
        _ params: inout M.Params, _ infos: [SAEInfo], _ model: LoadedModel, _ access: FileAccess
    ) throws -> Int {
        if let first = infos.first {
            (params.corpus, params.text_field) = first.corpus(unless: params.corpus, field: params.text_field)
        }
        let T = infos.map(\.context).min() ?? 1
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: models.embedded.path, access: access)
        try corpus.check(model, T: T, contexts: params.contexts)
        params.limit = params.limit ?? StudyDefaults.roles
        return T
    }
}

/// How many features are told where a call does not say.
private enum StudyDefaults {
    /// At each place of a task's prompts.
    static let answerFeatures = 10
    /// Of each autoencoder.
    static let roles = 100
}
