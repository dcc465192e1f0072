import API
import Artifacts
import Dictionaries
import GPT2
import JSON
import Jobs
import Store
import Systemd
import Tensors
import Tokenizer

// `studies.run`:
//
// 1. The autoencoders and their model, as they were when the job was queued.
// 2. Autoencoder by autoencoder, context by context or prompt by prompt; progress is told and SIGTERM heard after each.
// 3. What was found becomes visible with the description and the job's end in one transaction.

/// The work of a `studies.run` job.
///
/// Nothing is saved on the way: an interrupted study begins anew, and finds the same.
struct StudyJob {
    let workplace: Workplace
    let params: StudiesRun.Params

    /// An autoencoder that is studied.
    struct Studied {
        let info: SAEInfo
        let weights: Autoencoder

        /// [F, H] each feature's shares by head.
        let shares: [[Double]]
    }

    /// Runs the job to its end.
    func run() throws {
        let archive = SAEArchive(store: workplace.store)
        let infos = try (params.saes ?? []).map { try archive.info($0) }
        let model = try workplace.model(params.model)
        for info in infos where info.model_fingerprint != model.fingerprint {
            throw APIError(
                .dictionaryModelMismatch,
                "sparse autoencoder \(info.sae) was trained on weights with fingerprint \(info.model_fingerprint); '\(model.name)' "
                    + "has \(model.fingerprint)")
        }
        let findings: StudyFindings
        switch params.kind {
        case .families: findings = try FamilyStudy(workplace: workplace, params: params, model: model).run(infos)
        case .polysemanticity: findings = try HeadStudy(workplace: workplace, params: params, model: model).run(infos)
        case .answers: findings = try AnswerStudy(workplace: workplace, params: params, model: model).run(infos)
        case .prefixes: findings = try PrefixStudy(workplace: workplace, params: params, model: model).run()
        }
        var settings = try JSON(encoding: params).object ?? [:]
        for name in ["saes", "model", "dry_run"] { settings[name] = nil }
        let info = StudyInfo(
            study: StudyArchive.id(ofJob: workplace.job), kind: params.kind, model: model.name,
            model_fingerprint: model.fingerprint, saes: infos.map(\.sae), settings: .object(settings),
            created_ms: workplace.now(), job: workplace.job, owner_uid: workplace.owner, findings: findings)
        try workplace.finish(JobResult(study: info.study)) { writer in try StudyArchive.publish(info, in: &writer) }
    }
}

extension Workplace {
    /// A study's text.
    func contexts(of params: StudiesRun.Params, _ model: LoadedModel, T: Int) throws -> Contexts {
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: embeddedModel, access: access)
        return try contexts(corpus, model, T: T, limit: params.contexts)
    }

    /// An autoencoder's weights, and its features' shares by head.
    func studied(_ info: SAEInfo) throws -> StudyJob.Studied {
        let weights = try SAEArchive(store: store).weights(info)
        return StudyJob.Studied(info: info, weights: weights)
    }
}
