import Store
import Testing

@Suite struct ExampleTests {
    let directory = TemporaryDirectory()
    let store: Store

    init() throws { store = try Store(directory: directory.path) }

    /// A pair with lists of every length from 0 on, extreme numbers among its own; seeded.
    static func pair(_ query: UInt32, _ key: UInt32, _ generator: inout SplitMix) -> StoredPairExamples {
        func place() -> StoredPlace {
            StoredPlace(
                context: UInt32.random(in: 0...3, using: &generator), destination: .random(in: 0 ... .max, using: &generator),
                source: .random(in: 0 ... .max, using: &generator),
                queryActivation: .random(in: 0...9, using: &generator), keyActivation: .leastNonzeroMagnitude)
        }
        func tally() -> StoredTally {
            StoredTally(
                token: .random(in: 0 ... .max, using: &generator), count: .random(in: 0 ... .max, using: &generator), excess: 7)
        }
        func list<T>(_ element: () -> T) -> [T] { (0..<Int.random(in: 0...5, using: &generator)).map { _ in element() } }
        return StoredPairExamples(
            query: query, key: key, places: .max, atFirst: 3, productSum: -1e300, distances: list { 5 },
            destinationTokens: list(tally), sourceTokens: list(tally), strongest: list(place), sample: list(place),
            heads: (0..<UInt16.random(in: 0...3, using: &generator)).map { head in
                StoredPairExamples.Head(
                    head: head, weight: -0.5, effectSum: 1e-9, effectMagnitude: 2, effectsAtStrongest: list { -0.25 },
                    effectsAtSample: list { 0.125 }, byEffect: list { .init(place: place(), effect: -1) })
            })
    }

    static func feature(
        _ side: StoredFeatureExamples.Side, _ feature: UInt32, _ generator: inout SplitMix
    ) -> StoredFeatureExamples {
        let places = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            StoredFeatureExamples.Place(
                context: 1, position: .random(in: 0 ... .max, using: &generator),
                activation: .random(in: 0...9, using: &generator))
        }
        return StoredFeatureExamples(
            side: side, feature: feature, active: 12, sum: 34.5,
            // Odd ones as collections of before have them.
            histogram: feature.isMultiple(of: 2) ? .init(exponent: -7, counts: [0, 5, 7]) : nil,
            tokens: [StoredTally(token: 50_256, count: 12, excess: 0)],
            strongest: places, sample: places.reversed())
    }

    /// Writes a collection; returns what it holds.
    func write(
        _ collection: UInt32, pairs: Int = 20, seed: UInt64 = 3
    ) throws -> (pairs: [StoredPairExamples], features: [StoredFeatureExamples]) {
        var generator = SplitMix(state: seed), writer = try ExampleWriter(store, collection: collection)
        let pairs = (0..<UInt32(pairs)).map { Self.pair($0 / 4, $0, &generator) }
        let features = (0..<6).map { Self.feature($0 < 3 ? .query : .key, $0, &generator) }
        for pair in pairs { try writer.add(pair) }
        for feature in features { try writer.add(feature) }
        try writer.add(context: 0, tokens: [0, 50_256, 65_535])
        try writer.add(context: 7, tokens: [0, 65_536, .max])
        try writer.finish()
        return (pairs, features)
    }

    @Test func `What was written is read back to the bit`() throws {
        let written = try write(5)
        try store.read { (reader: StoreReader) throws in
            for pair in written.pairs {
                #expect(try reader.pairExamples(collection: 5, query: pair.query, key: pair.key) == pair)
            }
            for feature in written.features {
                let found = try reader.featureExamples(collection: 5, side: feature.side, feature: feature.feature)
                #expect(found == feature)
            }
            #expect(try reader.exampleContext(collection: 5, context: 0) == [0, 50_256, 65_535])
            #expect(try reader.exampleContext(collection: 5, context: 7) == [0, 65_536, .max])
            #expect(try reader.pairExamples(collection: 5, query: 99, key: 0) == nil)
            #expect(try reader.featureExamples(collection: 5, side: .query, feature: 4) == nil)
            #expect(try reader.pairExamples(collection: 4, query: 0, key: 0) == nil)
            let summary = try #require(try reader.exampleSummary(collection: 5))
            #expect([summary.pairs, summary.queryFeatures, summary.keyFeatures, summary.contexts] == [20, 3, 3, 2])
        }
        #expect(try store.verify().findings.isEmpty)
        #expect(throws: StoreError.self) { try store.read { try $0.exampleContext(collection: 5, context: 1) } }
    }

    @Test func `A collection that is written again leaves nothing of the first, and others alone`() throws {
        _ = try write(1, pairs: 50)
        let other = try write(2, seed: 8), again = try write(1, pairs: 10, seed: 9)
        try store.read { (reader: StoreReader) throws in
            #expect(try reader.exampleSummary(collection: 1)?.pairs == 10)
            #expect(try reader.pairExamples(collection: 1, query: 0, key: 0) == again.pairs[0])
            #expect(try reader.pairExamples(collection: 1, query: 5, key: 20) == nil)
            #expect(try reader.pairExamples(collection: 2, query: 0, key: 0) == other.pairs[0])
        }
        #expect(
            try store.deleteExamples(collection: 1) == 10 + 6 + 3 + 2 + 1,
            "pairs, features, histograms of half of them, contexts, the summary")
        #expect(try store.read { try $0.exampleSummary(collection: 2) } != nil)
    }

    @Test func `Collections that nothing publishes are collected, finished or not`() throws {
        for collection in [UInt32(1), 2, .max] { _ = try write(collection) }
        // More than one transaction takes, so that a part is on the disk.
        var writer = try ExampleWriter(store, collection: 3)
        try writer.add(context: 0, tokens: Array(repeating: 1, count: 1 << 22))
        try writer.add(context: 1, tokens: [1])
        #expect(try store.read { try $0.exampleContext(collection: 3, context: 0).count } == 1 << 22)
        let report = try store.collectGarbage(published: [], owners: [], examples: [2])
        #expect(report.examples == [1, 3, .max])
        #expect(try store.read { try $0.exampleSummary(collection: 2) } != nil)
        #expect(try store.read { try $0.exampleSummary(collection: .max) } == nil)
    }

    @Test func `Numbers of collections are given out once`() throws {
        let numbers = try (0..<3).map { _ in try store.write { try $0.nextExamples() } }
        #expect(numbers == [1, 2, 3])
    }

    @Test func `A missing record and a malformed one are found by verification`() throws {
        let key: [UInt8] = [0, 0, 0, 1, 1, 0, 0, 0, 2, 0, 0, 0, 8]
        for (what, change) in [
            ("20 pairs", { _ in nil }),
            (
                "malformed",
                { value in
                    RawStore.record(key: key, payload: Array(value.dropFirst(8).dropLast()), table: 13)
                }
            ),
        ] as [(String, ([UInt8]) -> [UInt8]?)] {
            let place = TemporaryDirectory()
            do {
                let store = try Store(directory: place.path)
                var generator = SplitMix(state: 3), writer = try ExampleWriter(store, collection: 1)
                for number in 0..<20 as Range<UInt32> { try writer.add(Self.pair(number / 4, number, &generator)) }
                try writer.finish()
                #expect(try store.verify().findings.isEmpty)
            }
            let raw = try RawStore(place.path)
            try raw.replace(in: "example_records", key: key, change)
            raw.close()
            let findings = try Store(directory: place.path).verify().findings
            #expect(findings.count == 1 && findings.allSatisfy { $0.database == "example_records" })
            #expect(findings.first?.what.contains(what) == true, "\(findings)")
        }
    }
}
