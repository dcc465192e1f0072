import API
import Artifacts
import Checkpoints
import Dictionaries
import GPT2
import JSON
import Store
import Tensors

/// `saes.import`.
struct SAEsImportHandler: MethodHandler {
    typealias M = SAEsImport
    let saes: SAEArchive
    let store: Store
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights
    let now: @Sendable () -> Int

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call), access = rights.access(of: call)
        let model = try await models.model(params.model ?? ImportedSAE.modelName(path)), time = now()
        return try await compute.run { [saes, store, embedded = models.embedded.path] in
            let published = Self.published(params)
            func read(_ processing: WeightProcessing?) throws -> ImportedSAE {
                try ImportedSAE(
                    path, for: model, processing: processing, scalingFactor: params.scaling_factor.map { Float($0) },
                    published: published)
            }
            let imported = try read(params.processing.flatMap { WeightProcessing(rawValue: $0.rawValue) })
            var info = Self.described(imported, model, path: params.path, time: time)
            info.owner_uid = Int(call.peer.uid)
            if params.corpus != nil || model.isEmbedded {
                let corpus = try Corpus(
                    params.corpus, field: params.text_field, for: model, embeddedDirectory: embedded, access: access)
                let contexts = try corpus.contexts(model, T: info.context, limit: params.contexts)
                let check = try imported.check(model, on: contexts, corpus: corpus.name, reread: read)
                // What an export brought along is more than a sample tells.
                if imported.description == nil { info.evaluation = check.evaluation }
                info.warn(imported.reservations, ofFigures: check.warnings)
            } else {
                // What saes.evaluate will hold its figures against.
                if imported.description == nil, let published = imported.published {
                    info.evaluation = ["published": published.json]
                }
                info.warn(imported.reservations, ofFigures: [PublishedFigures.unmeasured])
            }
            info.sae = try saes.write(imported.autoencoder)
            let complete = info
            try store.write { writer in try SAEArchive.publish(complete, in: &writer) }
            return complete
        }
    }

    private static func published(_ params: M.Params) -> PublishedFigures? {
        if params.published_L0 == nil && params.published_explained_variance == nil { return nil }
        return PublishedFigures(
            source: "as the caller says", L0: params.published_L0, explained_variance: params.published_explained_variance)
    }

    /// What the file says of the autoencoder, under the names of this store.
    private static func described(_ imported: ImportedSAE, _ model: LoadedModel, path: String, time: Int) -> SAEInfo {
        let c = model.gpt2.configuration, cfg = imported.configuration
        var info =
            imported.description
            ?? SAEInfo(
                sae: "", fingerprint: imported.autoencoder.fingerprint, model: "", model_fingerprint: model.fingerprint,
                layer: cfg.layer, site: cfg.site, activation: imported.activation, d_in: cfg.d_in, d_sae: cfg.d_sae,
                n_heads: c.n_heads, seed: 0, created_ms: 0, job: nil, owner_uid: 0, corpus: "", tokens: 0, steps: 0,
                settings: [
                    "context": .integer(max(2, min(cfg.context ?? Self.usualContext, c.n_ctx))),
                    "conventions": imported.conventions, "metadata": imported.metadata,
                ],
                evaluation: [:])
        (info.model, info.created_ms, info.job, info.imported_from) = (model.name, time, nil, path)
        return info
    }

    /// *Source:* specification 3.2, context 128.
    private static let usualContext = 128
}
