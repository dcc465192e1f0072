public import API
public import Attribution
private import JSON
public import Store

/// The examples that were collected for maps: a document each, under the map's name, and packed records under a number of their own.
///
/// A collection is visible once its document is written; its records are there by then. A later one of the same map takes its place.
public struct ExampleArchive: Sendable {
    private let store: Store

    /// The examples of a store.
    public init(store: Store) { self.store = store }

    /// The description of a map's examples.
    ///
    /// - Throws: `examples_not_found`.
    public func info(_ map: String) throws -> ExamplesInfo { try read(map) { info, _ in info } }

    /// Reads from one consistent state of a map's examples.
    ///
    /// - Throws: `examples_not_found`, and what the body throws.
    public func read<R>(_ map: String, _ body: (ExamplesInfo, StoreReader) throws -> R) throws -> R {
        try store.read { reader in
            guard let bytes = try reader.document(.examples, id: map) else {
                throw APIError(
                    .examplesNotFound, "no examples have been collected for map '\(map)'; `examples.collect` does that",
                    facts: ["map": .string(map)])
            }
            return try body(try JSON(parsing: bytes).decode(ExamplesInfo.self), reader)
        }
    }

    /// The newest collection of examples for any map of a dictionary; nil if there is none.
    public func newest(ofDictionary dictionary: String) throws -> ExamplesInfo? {
        try all().filter { $0.dictionary == dictionary }.max { $0.created_ms < $1.created_ms }
    }

    private func all() throws -> [ExamplesInfo] {
        try store.read { reader in
            try reader.documents(.examples).map { try JSON(parsing: $0.bytes).decode(ExamplesInfo.self) }
        }
    }
}

extension ExampleArchive {
    /// Writes what a walk has found, not yet visible.
    ///
    /// - Parameters:
    ///   - walk: The walk, to its end.
    ///   - tokens: The tokens of a context that the walk has seen.
    /// - Returns: The number to publish it under.
    /// - Throws: `StoreError.full`, after which nothing is left, and what `tokens` throws.
    public func write(_ walk: ExampleWalk, tokens: (Int) throws -> [Int32]) throws -> Int {
        let number = try store.write { writer in try writer.nextExamples() }
        do {
            var writer = try ExampleWriter(store, collection: number), shown: Set<UInt32> = []
            try walk.forEachPair { pair in
                let stored = StoredPairExamples(pair)
                shown.formUnion(stored.contexts)
                try writer.add(stored)
            }
            for (side, features) in [(StoredFeatureExamples.Side.query, walk.queryFeatures), (.key, walk.keyFeatures)] {
                for feature in features {
                    let stored = StoredFeatureExamples(feature, side: side)
                    shown.formUnion((stored.strongest + stored.sample).map(\.context))
                    try writer.add(stored)
                }
            }
            for context in shown.sorted() { try writer.add(context: context, tokens: try tokens(Int(context))) }
            try writer.finish()
        } catch {
            _ = try? store.deleteExamples(collection: number)
            throw error
        }
        return Int(number)
    }

    /// Makes a collection visible in place of the map's earlier one, inside the caller's transaction.
    ///
    /// - Returns: The collection that it takes the place of, whose records are to be removed afterwards.
    /// - Throws: `map_not_found` if the map has been deleted meanwhile.
    public static func publish(_ info: ExamplesInfo, in writer: inout StoreWriter) throws -> Int? {
        guard try writer.reader.document(.maps, id: info.map) != nil else {
            throw APIError(.mapNotFound, "map '\(info.map)' was deleted meanwhile", facts: ["map": .string(info.map)])
        }
        let before = try writer.reader.document(.examples, id: info.map).map {
            try JSON(parsing: $0).decode(ExamplesInfo.self).collection
        }
        try writer.put(try JSON(encoding: info).bytes(), .examples, id: info.map)
        return before
    }

    /// Removes the records of a collection that is not visible any more.
    public func deleteCollection(_ number: Int) throws {
        if let number = UInt32(exactly: number) { try store.deleteExamples(collection: number) }
    }

    /// Removes the examples of a map that has been deleted: first from sight, then from the disk.
    public func delete(map: String) throws {
        let collection = try store.write { writer -> Int? in
            guard let bytes = try writer.reader.document(.examples, id: map) else { return nil }
            _ = try writer.delete(.examples, id: map)
            return try JSON(parsing: bytes).decode(ExamplesInfo.self).collection
        }
        if let collection { try deleteCollection(collection) }
    }

    /// The numbers of all visible collections, for the garbage collection; those whose map is gone are removed first.
    public func publishedNumbers() throws -> Set<UInt32> {
        var published: Set<UInt32> = []
        for info in try all() {
            if try store.read({ try $0.document(.maps, id: info.map) }) == nil {
                try delete(map: info.map)
            } else if let number = UInt32(exactly: info.collection) {
                published.insert(number)
            }
        }
        return published
    }
}

extension StoredPairExamples {
    /// The examples as the store keeps them.
    fileprivate init(_ pair: PairExamples) {
        self.init(
            query: UInt32(pair.query), key: UInt32(pair.key), places: pair.places, atFirst: pair.atFirst,
            productSum: pair.productSum, distances: pair.distances,
            destinationTokens: pair.destinationTokens.map(StoredTally.init),
            sourceTokens: pair.sourceTokens.map(StoredTally.init), strongest: pair.strongest.map(StoredPlace.init),
            sample: pair.sample.map(StoredPlace.init),
            heads: pair.heads.map { head in
                Head(
                    head: UInt16(head.head), weight: head.weight, effectSum: head.effectSum,
                    effectMagnitude: head.effectMagnitude, effectsAtStrongest: head.effectsAtStrongest,
                    effectsAtSample: head.effectsAtSample,
                    byEffect: head.byEffect.map { Example(place: StoredPlace($0.place), effect: $0.effect) })
            })
    }

    /// The contexts that its places are in.
    fileprivate var contexts: [UInt32] {
        (strongest + sample).map(\.context) + heads.flatMap { $0.byEffect.map(\.place.context) }
    }
}

extension StoredPlace {
    fileprivate init(_ place: ExamplePlace) {
        self.init(
            context: place.context, destination: place.destination, source: place.source,
            queryActivation: place.queryActivation, keyActivation: place.keyActivation)
    }
}

extension StoredTally {
    fileprivate init(_ tally: TokenTally) {
        self.init(token: UInt32(bitPattern: tally.token), count: tally.count, excess: tally.excess)
    }
}

extension StoredFeatureExamples {
    fileprivate init(_ feature: FeatureStatistics, side: Side) {
        let place = { (place: FeaturePlace) in
            Place(context: place.context, position: place.position, activation: place.activation)
        }
        self.init(
            side: side, feature: UInt32(feature.feature), active: feature.active, sum: feature.sum,
            histogram: Histogram(exponent: feature.histogram.exponent, counts: feature.histogram.counts),
            tokens: feature.tokens.map(StoredTally.init), strongest: feature.strongest.map(place),
            sample: feature.sample.map(place))
    }
}
