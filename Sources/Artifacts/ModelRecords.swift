import API
private import JSON
public import Store

/// A model that the service was told of: its name and where it lies.
public struct ModelRecord: Codable, Sendable, Hashable {
    /// The name that calls use.
    public let model: String
    /// The directory.
    public let path: String

    /// A record.
    public init(model: String, path: String) { (self.model, self.path) = (model, path) }
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
