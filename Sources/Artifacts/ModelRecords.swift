import API
private import JSON
public import Store
public import Tensors

/// A model that the service was told of: its name and where it lies.
public struct ModelRecord: Codable, Sendable, Hashable {
    /// The name that calls use.
    public let model: String
    /// The directory.
    public let path: String
    /// The user who loaded it, and may unload it; nil in records of versions that did not note it.
    public let owner_uid: Int?
    /// Beneath which directories its files must lie; nil for anywhere.
    public let client_roots: [String]?

    /// A record.
    public init(model: String, path: String, owner_uid: Int? = nil, client_roots: [String]? = nil) {
        (self.model, self.path, self.owner_uid, self.client_roots) = (model, path, owner_uid, client_roots)
    }

    /// The directory, which leads no further than whoever loaded the model may go.
    public var directory: GuardedPath { GuardedPath(path, FileAccess(roots: client_roots)) }
}

/// The models that a store remembers, beside the embedded one.
public struct ModelRecords: Sendable {
    private let store: Store

    /// The models of a store.
    public init(store: Store) { self.store = store }

    /// All of them, by name.
    public func all() throws -> [ModelRecord] {
        try store.read { reader in
            try reader.documents(.models).map { try JSON(parsing: $0.bytes).decode(ModelRecord.self) }
        }
    }

    /// The model of that name.
    public func model(_ name: String) throws -> ModelRecord? {
        try store.read { reader in
            try reader.document(.models, id: name).map { try JSON(parsing: $0).decode(ModelRecord.self) }
        }
    }

    /// Whether a model of that name is remembered.
    public func contains(_ name: String) throws -> Bool { try store.read { try $0.contains(.models, id: name) } }

    /// Remembers a model.
    public func put(_ record: ModelRecord) async throws {
        let bytes = try JSON(encoding: record).bytes()
        try await store.write { writer in try writer.put(bytes, .models, id: record.model) }
    }

    /// Forgets a model.
    public func delete(_ name: String) async throws {
        try await store.write { writer in _ = try writer.delete(.models, id: name) }
    }
}
