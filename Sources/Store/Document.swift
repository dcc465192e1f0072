import LMDB

/// What a document describes; each kind is a database of its own.
public enum DocumentKind: CaseIterable, Sendable {
    /// Models.
    case models
    /// Dictionaries.
    case dictionaries
    /// Feature maps.
    case maps
    /// Jobs.
    case jobs
    /// Names that point to the others.
    case names
    /// Activation caches.
    case caches
    /// Collected examples, under the names of their maps.
    case examples
    /// Traces of tasks.
    case traces
    /// Their graphs, under the name of the trace and the prompt's number.
    case traceGraphs
    /// Sparse autoencoders.
    case saes
    /// Studies, with what they have found.
    case studies

    var table: Schema.Table {
        switch self {
        case .models: .models
        case .dictionaries: .dictionaries
        case .maps: .maps
        case .jobs: .jobs
        case .names: .names
        case .caches: .caches
        case .examples: .examples
        case .traces: .traces
        case .traceGraphs: .traceGraphs
        case .saes: .saes
        case .studies: .studies
        }
    }
}

/// A document: an identifier and bytes whose meaning the store does not know.
public struct Document: Hashable, Sendable {
    /// 1 to 255 bytes of UTF-8 without control characters.
    public let id: String
    /// The content.
    public let bytes: [UInt8]
}

extension StoreReader {
    /// The bytes of a document; nil if there is none.
    ///
    /// - Throws: `StoreError.invalidIdentifier`, `.corrupt`.
    public func document(_ kind: DocumentKind, id: String) throws -> [UInt8]? {
        try payload(DocumentKey.encode(id), in: kind.table)?.array
    }

    /// Documents in the order of their identifiers, numbers in identifiers by value: "d2" before "d12".
    ///
    /// - Parameters:
    ///   - after: The last identifier of the page before; it need not exist any more. nil: from the first.
    ///   - limit: The most to return.
    /// - Throws: `StoreError.invalidIdentifier`, `.corrupt`.
    public func documents(_ kind: DocumentKind, after: String? = nil, limit: Int = .max) throws -> [Document] {
        var documents: [Document] = []
        guard limit > 0 else { return documents }
        let last = try after.map(DocumentKey.encode)
        try forEach(kind.table, from: last) { key, payload in
            if let last, key.array == last { return true }
            guard let id = DocumentKey.decode(key.array) else {
                throw kind.table.corrupt(key, "the key is not an identifier")
            }
            documents.append(Document(id: id, bytes: payload.array))
            return documents.count < limit
        }
        return documents
    }

    /// Whether there is a document; its content is not looked at.
    ///
    /// - Throws: `StoreError.invalidIdentifier`. Cost: one descent of the tree, about a microsecond.
    public func contains(_ kind: DocumentKind, id: String) throws -> Bool {
        let key = try DocumentKey.encode(id)
        var cursor = try transaction.cursor(databases[kind.table])
        return try cursor.seek(key.span) && cursor.key.array == key
    }

    /// The identifiers of all documents of a kind, in their order.
    ///
    /// - Throws: `StoreError.corrupt`.
    public func identifiers(_ kind: DocumentKind) throws -> [String] {
        var identifiers: [String] = []
        var cursor = try transaction.cursor(databases[kind.table])
        var found = try cursor.first()
        while found {
            guard let id = DocumentKey.decode(cursor.key.array) else {
                throw kind.table.corrupt(cursor.key, "the key is not an identifier")
            }
            identifiers.append(id)
            found = try cursor.next()
        }
        return identifiers
    }

    /// The number of documents of a kind.
    public func count(_ kind: DocumentKind) throws -> Int {
        try transaction.statistics(databases[kind.table]).entries
    }
}

extension StoreWriter {
    /// Stores a document in place of what was there.
    ///
    /// - Throws: `StoreError.invalidIdentifier`.
    @_lifetime(self: copy self)
    public mutating func put(_ bytes: [UInt8], _ kind: DocumentKind, id: String) throws {
        try put(bytes.span, for: DocumentKey.encode(id), in: kind.table)
    }

    /// Stores a document if there is none of that identifier; false, and no change, if there is.
    ///
    /// - Throws: `StoreError.invalidIdentifier`, `.corrupt`.
    @_lifetime(self: copy self)
    public mutating func putIfAbsent(_ bytes: [UInt8], _ kind: DocumentKind, id: String) throws -> Bool {
        guard try reader.document(kind, id: id) == nil else { return false }
        try put(bytes, kind, id: id)
        return true
    }

    /// Deletes a document; false if there was none.
    ///
    /// - Throws: `StoreError.invalidIdentifier`.
    @_lifetime(self: copy self)
    @discardableResult
    public mutating func delete(_ kind: DocumentKind, id: String) throws -> Bool {
        try delete(DocumentKey.encode(id), in: kind.table)
    }

    /// The next number of a kind: 1, 2, 3, …, never one that a committed transaction was given, deleted documents included.
    @_lifetime(self: copy self)
    public mutating func nextNumber(_ kind: DocumentKind) throws -> Int {
        try nextNumber(Schema.Meta.next(kind))
    }
}
