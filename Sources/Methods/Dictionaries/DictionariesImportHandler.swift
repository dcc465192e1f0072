import API
import Artifacts
import Checkpoints
import Dictionaries
import GPT2
import JSON

/// `dictionaries.import`.
struct DictionariesImportHandler: MethodHandler {
    typealias M = DictionariesImport
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights
    let now: @Sendable () -> Int

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call)
        let model = try await models.model(params.model ?? SAELensFolder.modelName(path))
        let folder = try await compute.run {
            try SAELensFolder(path, n_heads: model.gpt2.configuration.n_heads)
        }
        try check(folder, model, path: params.path)
        let described = described(folder, model, path: params.path)
        return try await compute.run { [dictionaries] in
            var info = described
            info.owner_uid = Int(call.peer.uid)
            info.dictionary = try dictionaries.archive.write(folder.pair)
            try dictionaries.archive.publish(info)
            return info
        }
    }

    private func check(_ folder: SAELensFolder, _ model: LoadedModel, path: String) throws {
        try model.check(layer: folder.layer)
        let c = model.gpt2.configuration, shape = folder.pair.query.shape
        guard shape.d_model == c.d_model, shape.d_head == c.d_head else {
            throw APIError(
                .dictionaryModelMismatch,
                "\(path) reads \(shape.d_model) and writes \(shape.d_out) numbers; '\(model.name)' has d_model \(c.d_model)",
                facts: ["path": .string(path), "model": .string(model.name)])
        }
        if let description = folder.description, description.model_fingerprint != model.fingerprint {
            throw APIError(
                .dictionaryModelMismatch,
                "\(path) was trained on weights with fingerprint \(description.model_fingerprint); '\(model.name)' has "
                    + model.fingerprint,
                facts: ["path": .string(path), "model": .string(model.name)])
        }
    }

    /// What the folder says of the dictionary, under the names of this store.
    private func described(_ folder: SAELensFolder, _ model: LoadedModel, path: String) -> DictionaryInfo {
        let shapes = (query: folder.pair.query.shape, key: folder.pair.key.shape)
        let context = folder.metadata["context_size"]?.integer ?? Corpus.longestContext
        var info =
            folder.description
            ?? DictionaryInfo(
                dictionary: "", fingerprint: folder.pair.fingerprint, model: "", model_fingerprint: model.fingerprint,
                layer: folder.layer, d_sae_query: shapes.query.d_sae, d_sae_key: shapes.key.d_sae, d_model: shapes.query.d_model,
                n_heads: shapes.query.n_heads, seed: 0, created_ms: 0, job: nil, corpus: "", tokens: 0, steps: 0,
                settings: [
                    "context": .integer(max(1, min(context, model.gpt2.configuration.n_ctx))), "metadata": folder.metadata,
                ],
                evaluation: [:])
        (info.model, info.created_ms, info.job, info.imported_from) = (model.name, now(), nil, path)
        return info
    }
}
