import JSON
public import API
public import Artifacts
public import Store
private import Synchronization

/// The models that calls can name: the embedded one, and those that were loaded, which stay resident until they are unloaded.
///
/// A model that was loaded before the service was last started is remembered, and read again when it is first used.
public final class ModelLibrary: Sendable {
    /// The embedded model.
    public let embedded: LoadedModel
    private let records: ModelRecords
    private let resident: Mutex<[String: LoadedModel]>
    private let compute: Compute

    /// A library over a store.
    public init(embedded: LoadedModel, store: Store, compute: Compute) {
        self.embedded = embedded
        records = ModelRecords(store: store)
        resident = Mutex([embedded.name: embedded])
        self.compute = compute
    }

    /// How many models are in memory.
    var residentCount: Int { resident.withLock { $0.count } }

    /// The model of that name, or the embedded one; reads its files if it is known but not resident.
    ///
    /// - Throws: `model_not_found`, or what ``LoadedModel/init(name:directory:isEmbedded:)`` throws.
    public func model(_ name: String?) async throws -> LoadedModel {
        guard let name else { return embedded }
        if let model = resident.withLock({ $0[name] }) { return model }
        guard let record = try records.model(name) else { throw try notFound(name) }
        return try await read(record)
    }

    /// Loads a model and remembers it.
    ///
    /// One that is remembered already stays as it was, and its owner's.
    /// - Throws: `model_name_taken` if another directory has that name; what ``LoadedModel/init(name:directory:isEmbedded:)`` throws.
    public func load(_ record: ModelRecord) async throws -> LoadedModel {
        let name = record.model
        if let taken = try self.path(of: name), taken != record.path {
            throw APIError(
                .modelNameTaken, "the name '\(name)' belongs to the model in \(taken); give another, or unload that one",
                facts: ["model": .string(name), "path": .string(taken)])
        }
        // Its files must be the caller's to name even where another's call has read them before.
        _ = try await compute.run { try LoadedModel.check(record.directory) }
        let model = try await self.read(record)
        if !model.isEmbedded, try records.model(name) == nil { try await records.put(record) }
        return model
    }

    /// Forgets a model and frees its memory once the calls that use it have ended.
    ///
    /// - Parameter check: Given the user who loaded it, if that is known; what it throws keeps the model.
    /// - Returns: The model, if it was resident.
    public func unload(_ name: String, check: (_ owner: Int?) throws -> Void) async throws -> LoadedModel? {
        if name == embedded.name {
            throw APIError(
                .permissionDenied, "'\(name)' comes with the program and stays resident", facts: ["model": .string(name)])
        }
        // A damaged record is there too, and can be removed.
        if try !records.contains(name), resident.withLock({ $0[name] }) == nil { throw try notFound(name) }
        try check(try unlessDamaged { try records.model(name)?.owner_uid })
        let removed = resident.withLock { $0.removeValue(forKey: name) }
        try await records.delete(name)
        return removed
    }

    /// All models, the embedded one first, then by name.
    public func all() throws -> [ModelInfo] {
        let loaded = resident.withLock { $0 }
        let others = try records.all().sorted { $0.model < $1.model }
        return [embedded.info]
            + others.map { record in loaded[record.model]?.info ?? ModelInfo(notResident: record) }
    }

    private func read(_ record: ModelRecord) async throws -> LoadedModel {
        if let model = resident.withLock({ $0[record.model] }) { return model }
        let model = try await compute.run { try LoadedModel(name: record.model, directory: record.directory, isEmbedded: false) }
        // Two calls may have read the same files at once; the first to finish stays.
        return resident.withLock { models in
            let kept = models[record.model] ?? model
            models[record.model] = kept
            return kept
        }
    }

    private func path(of name: String) throws -> String? {
        if let model = resident.withLock({ $0[name] }) { return model.path }
        return try records.model(name)?.path
    }

    private func notFound(_ name: String) throws -> APIError {
        let names = try all().map(\.model)
        return APIError(
            .modelNotFound,
            "there is no model '\(name)'; there are \(names.map { "'\($0)'" }.joined(separator: ", ")), and `models.load` adds others",
            facts: ["model": .string(name), "models": .array(names.map { .string($0) })])
    }
}

extension ModelInfo {
    /// A model that is remembered but whose files have not been read since the service started: sizes unknown, so zero.
    fileprivate init(notResident record: ModelRecord) {
        self.init(
            model: record.model, path: record.path, is_embedded: false, is_resident: false, fingerprint: "", n_layers: 0,
            n_heads: 0,
            d_model: 0, d_head: 0, d_mlp: 0, d_vocab: 0, n_ctx: 0, activation_function: "", parameters: 0, memory_bytes: 0)
    }
}
