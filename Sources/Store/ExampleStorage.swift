// A collection of examples is written in small transactions under a number that no document names yet:
//
// 1. delete what lies under the number (an interrupted attempt);
// 2. pairs, features and the contexts that they show, in the order in which they are added;
// 3. the summary, last: its presence means that the collection is whole.
//
// The caller then publishes it by one transaction that puts the document of its map's examples, and deletes the collection that the
// document named before.
import LMDB

/// Writes a collection of examples, a few megabytes per transaction.
public struct ExampleWriter: ~Copyable {
    private let store: Store
    private let collection: UInt32
    private var summary = ExampleSummary()
    private var pending: [(key: [UInt8], payload: [UInt8])] = []
    private var pendingBytes = 0

    /// A writer under an unpublished number; what lies there is deleted.
    ///
    /// - Throws: `StoreError`.
    public init(_ store: Store, collection: UInt32) throws {
        (self.store, self.collection) = (store, collection)
        try store.deleteExamples(collection: collection)
    }

    /// Adds a pair.
    ///
    /// - Throws: `StoreError.full`.
    public mutating func add(_ pair: StoredPairExamples) throws {
        summary.pairs += 1
        try put(pair.payload, .pair, pair.query, pair.key)
    }

    /// Adds a feature.
    ///
    /// - Throws: `StoreError.full`.
    public mutating func add(_ feature: StoredFeatureExamples) throws {
        switch feature.side {
        case .query: summary.queryFeatures += 1
        case .key: summary.keyFeatures += 1
        }
        try put(feature.payload, feature.side.kind, feature.feature)
        if let histogram = feature.histogram { try put(histogram.payload, feature.side.histogramKind, feature.feature) }
    }

    /// Adds a context's tokens.
    ///
    /// - Parameters:
    ///   - context: Its number, as places name it.
    ///   - tokens: None of them negative.
    /// - Throws: `StoreError.full`.
    public mutating func add(context: UInt32, tokens: [Int32]) throws {
        summary.contexts += 1
        try put(StoredContext.payload(tokens), .context, context)
    }

    /// Writes what is left, and the summary.
    ///
    /// - Throws: `StoreError.full`.
    public mutating func finish() throws {
        try flush()
        try put(summary.payload, .summary, 0)
        try flush()
    }

    private mutating func put(_ payload: [UInt8], _ kind: ExampleKey.Kind, _ first: UInt32, _ second: UInt32 = 0) throws {
        pending.append((ExampleKey(collection, kind, first, second).encoded, payload))
        pendingBytes += payload.count
        if pendingBytes >= Schema.Examples.bytesPerTransaction { try flush() }
    }

    private mutating func flush() throws {
        let records = pending
        try store.write { writer in
            for record in records { try writer.put(record.payload.span, for: record.key, in: .exampleRecords) }
        }
        pending.removeAll(keepingCapacity: true)
        pendingBytes = 0
    }
}

extension Store {
    /// Deletes a collection of examples, in small transactions, its summary first.
    ///
    /// The caller has deleted the document that names it before.
    /// - Returns: The number of records deleted.
    @discardableResult
    public func deleteExamples(collection: UInt32) throws -> Int {
        try delete(
            prefix: ExampleKey.prefix(collection), in: .exampleRecords, batch: Schema.Examples.recordsPerTransaction)
    }
}

extension StoreReader {
    /// The examples of a pair; nil if the pair was active nowhere.
    ///
    /// - Throws: `StoreError.corrupt`. Cost: one descent of the tree.
    public func pairExamples(collection: UInt32, query: UInt32, key: UInt32) throws -> StoredPairExamples? {
        try example(ExampleKey(collection, .pair, query, key)) { payload throws(PayloadReader.Malformed) in
            try StoredPairExamples(payload, query: query, key: key)
        }
    }

    /// The examples of a feature; nil if it was active nowhere.
    ///
    /// - Throws: `StoreError.corrupt`. Cost: two descents.
    public func featureExamples(
        collection: UInt32, side: StoredFeatureExamples.Side, feature: UInt32
    ) throws -> StoredFeatureExamples? {
        var found = try example(ExampleKey(collection, side.kind, feature)) { payload throws(PayloadReader.Malformed) in
            try StoredFeatureExamples(payload, side: side, feature: feature)
        }
        if found != nil {
            found?.histogram = try example(
                ExampleKey(collection, side.histogramKind, feature), StoredFeatureExamples.Histogram.init)
        }
        return found
    }

    /// The tokens of a context that a place names.
    ///
    /// - Throws: `StoreError.corrupt` also if it is missing. Cost: one descent.
    public func exampleContext(collection: UInt32, context: UInt32) throws -> [Int32] {
        let key = ExampleKey(collection, .context, context)
        guard let tokens = try example(key, StoredContext.tokens) else {
            throw Schema.Table.exampleRecords.corrupt(key.encoded.span, "it is missing")
        }
        return tokens
    }

    /// The sizes of a collection; nil until it is written to the end.
    ///
    /// - Throws: `StoreError.corrupt`. Cost: one descent.
    public func exampleSummary(collection: UInt32) throws -> ExampleSummary? {
        try example(ExampleKey(collection, .summary), ExampleSummary.init)
    }

    private func example<R>(
        _ key: ExampleKey, _ read: (Span<UInt8>) throws(PayloadReader.Malformed) -> R
    ) throws -> R? {
        guard let payload = try payload(key.encoded, in: .exampleRecords) else { return nil }
        do {
            return try read(payload)
        } catch {
            throw Schema.Table.exampleRecords.corrupt(key.encoded.span, "the payload of \(payload.count) bytes is malformed")
        }
    }

    /// Reads a whole collection that has a summary, and counts.
    func verifyExamples(collection: UInt32) throws {
        guard let summary = try exampleSummary(collection: collection) else { return }
        var found = ExampleSummary()
        try forEach(.exampleRecords, prefix: ExampleKey.prefix(collection)) { key, _ in
            guard let key = ExampleKey(key.array) else { return true }
            switch key.kind {
            case .summary: break
            case .pair:
                _ = try pairExamples(collection: collection, query: key.first, key: key.second)
                found.pairs += 1
            case .queryFeature:
                _ = try featureExamples(collection: collection, side: .query, feature: key.first)
                found.queryFeatures += 1
            case .keyFeature:
                _ = try featureExamples(collection: collection, side: .key, feature: key.first)
                found.keyFeatures += 1
            case .context:
                _ = try exampleContext(collection: collection, context: key.first)
                found.contexts += 1
            // Read with the feature that it is of.
            case .queryHistogram, .keyHistogram: break
            }
            return true
        }
        guard found == summary else {
            throw Schema.Table.exampleRecords.corrupt(
                ExampleKey(collection, .summary).encoded.span,
                "it counts \(summary.pairs) pairs, \(summary.queryFeatures) and \(summary.keyFeatures) features and "
                    + "\(summary.contexts) contexts, but there are \(found.pairs), \(found.queryFeatures), \(found.keyFeatures) and "
                    + "\(found.contexts)")
        }
    }
}

extension StoreWriter {
    /// A number for a new collection of examples.
    @_lifetime(self: copy self)
    public mutating func nextExamples() throws -> UInt32 { UInt32(truncatingIfNeeded: try nextNumber(.examples)) }
}
