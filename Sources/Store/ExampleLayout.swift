import LMDB

/// The key of a record of examples.
struct ExampleKey: Hashable, CustomStringConvertible {
    /// What a record holds; the raw values never change.
    enum Kind: UInt8, CaseIterable {
        case summary = 0
        case pair = 1
        case queryFeature = 2
        case keyFeature = 3
        case context = 4
        case queryHistogram = 5
        case keyHistogram = 6
    }

    let collection: UInt32
    let kind: Kind
    let first: UInt32
    let second: UInt32

    init(_ collection: UInt32, _ kind: Kind, _ first: UInt32 = 0, _ second: UInt32 = 0) {
        (self.collection, self.kind, self.first, self.second) = (collection, kind, first, second)
    }

    /// Reads a key back; nil if it is not of this form.
    init?(_ key: [UInt8]) {
        guard key.count == Schema.Examples.keyBytes, let kind = Kind(rawValue: key[4]) else { return nil }
        self.init(
            key.span.bigEndian(at: 0, as: UInt32.self), kind, key.span.bigEndian(at: 5, as: UInt32.self),
            key.span.bigEndian(at: 9, as: UInt32.self))
    }

    /// The beginning that all keys of a collection share.
    static func prefix(_ collection: UInt32) -> [UInt8] { MapKey.map(collection) }

    /// The beginning that all keys of one kind share.
    static func prefix(_ collection: UInt32, _ kind: Kind) -> [UInt8] { prefix(collection) + [kind.rawValue] }

    /// The key's bytes.
    var encoded: [UInt8] {
        var key = Self.prefix(collection, kind)
        key.append(bigEndian: first)
        key.append(bigEndian: second)
        return key
    }

    /// The collection, and what the record is of.
    var description: String {
        switch kind {
        case .summary: "collection \(collection) summary"
        case .pair: "collection \(collection) query \(first) key \(second)"
        case .queryFeature: "collection \(collection) query \(first)"
        case .keyFeature: "collection \(collection) key \(first)"
        case .context: "collection \(collection) context \(first)"
        case .queryHistogram: "collection \(collection) histogram of query \(first)"
        case .keyHistogram: "collection \(collection) histogram of key \(first)"
        }
    }
}

// The layouts that `Schema` lists: each type's `pack` and its initialiser from a payload stand together.

/// Reads a payload from front to back.
struct PayloadReader {
    /// The payload ends before what it should hold, or after it.
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var offset = 0

    init(_ payload: Span<UInt8>) { bytes = payload.array }

    mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(Malformed) -> T {
        guard bytes.count - offset >= MemoryLayout<T>.size else { throw Malformed() }
        defer { offset += MemoryLayout<T>.size }
        return bytes.span.load(at: offset, as: type)
    }

    mutating func count() throws(Malformed) -> Int { Int(truncatingIfNeeded: try number(UInt64.self)) }
    mutating func float() throws(Malformed) -> Float { Float(bitPattern: try number(UInt32.self)) }
    mutating func double() throws(Malformed) -> Double { Double(bitPattern: try number(UInt64.self)) }

    /// A count u32 and as many elements, each of at least one byte.
    mutating func list<T>(_ element: (inout PayloadReader) throws(Malformed) -> T) throws(Malformed) -> [T] {
        let count = Int(try number(UInt32.self))
        guard count <= bytes.count - offset else { throw Malformed() }
        var elements: [T] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    /// - Throws: ``Malformed`` if anything is left.
    func end() throws(Malformed) { if offset != bytes.count { throw Malformed() } }
}

extension [UInt8] {
    fileprivate mutating func append(_ value: Float) { append(littleEndian: value.bitPattern) }
    fileprivate mutating func append(_ value: Double) { append(littleEndian: value.bitPattern) }
    fileprivate mutating func append(count: Int) { append(littleEndian: UInt64(count)) }

    fileprivate mutating func append<T>(list: [T], _ pack: (T, inout [UInt8]) -> Void) {
        append(littleEndian: UInt32(list.count))
        for element in list { pack(element, &self) }
    }
}

extension StoredPlace {
    fileprivate init(_ reader: inout PayloadReader) throws(PayloadReader.Malformed) {
        self.init(
            context: try reader.number(UInt32.self), destination: try reader.number(UInt16.self),
            source: try reader.number(UInt16.self), queryActivation: try reader.float(), keyActivation: try reader.float())
    }

    fileprivate static func pack(_ place: StoredPlace, into payload: inout [UInt8]) {
        payload.append(littleEndian: place.context)
        payload.append(littleEndian: place.destination)
        payload.append(littleEndian: place.source)
        payload.append(place.queryActivation)
        payload.append(place.keyActivation)
    }
}

extension StoredTally {
    fileprivate init(_ reader: inout PayloadReader) throws(PayloadReader.Malformed) {
        self.init(token: try reader.number(UInt32.self), count: try reader.count(), excess: try reader.count())
    }

    fileprivate static func pack(_ tally: StoredTally, into payload: inout [UInt8]) {
        payload.append(littleEndian: tally.token)
        payload.append(count: tally.count)
        payload.append(count: tally.excess)
    }
}

extension StoredPairExamples {
    init(_ payload: Span<UInt8>, query: UInt32, key: UInt32) throws(PayloadReader.Malformed) {
        var reader = PayloadReader(payload)
        self.init(
            query: query, key: key, places: try reader.count(), atFirst: try reader.count(), productSum: try reader.double(),
            distances: try reader.list { reader throws(PayloadReader.Malformed) in try reader.count() },
            destinationTokens: try reader.list(StoredTally.init), sourceTokens: try reader.list(StoredTally.init),
            strongest: try reader.list(StoredPlace.init), sample: try reader.list(StoredPlace.init),
            heads: try reader.list(Head.init))
        try reader.end()
    }

    var payload: [UInt8] {
        var payload: [UInt8] = []
        payload.append(count: places)
        payload.append(count: atFirst)
        payload.append(productSum)
        payload.append(list: distances) { $1.append(count: $0) }
        payload.append(list: destinationTokens, StoredTally.pack)
        payload.append(list: sourceTokens, StoredTally.pack)
        payload.append(list: strongest, StoredPlace.pack)
        payload.append(list: sample, StoredPlace.pack)
        payload.append(list: heads, Head.pack)
        return payload
    }
}

extension StoredPairExamples.Head {
    fileprivate init(_ reader: inout PayloadReader) throws(PayloadReader.Malformed) {
        self.init(
            head: try reader.number(UInt16.self), weight: try reader.float(), effectSum: try reader.double(),
            effectMagnitude: try reader.double(),
            effectsAtStrongest: try reader.list { reader throws(PayloadReader.Malformed) in try reader.float() },
            effectsAtSample: try reader.list { reader throws(PayloadReader.Malformed) in try reader.float() },
            byEffect: try reader.list { reader throws(PayloadReader.Malformed) in
                StoredPairExamples.Example(place: try StoredPlace(&reader), effect: try reader.float())
            })
    }

    fileprivate static func pack(_ head: Self, into payload: inout [UInt8]) {
        payload.append(littleEndian: head.head)
        payload.append(head.weight)
        payload.append(head.effectSum)
        payload.append(head.effectMagnitude)
        payload.append(list: head.effectsAtStrongest) { $1.append($0) }
        payload.append(list: head.effectsAtSample) { $1.append($0) }
        payload.append(list: head.byEffect) { example, payload in
            StoredPlace.pack(example.place, into: &payload)
            payload.append(example.effect)
        }
    }
}

extension StoredFeatureExamples {
    init(_ payload: Span<UInt8>, side: Side, feature: UInt32) throws(PayloadReader.Malformed) {
        var reader = PayloadReader(payload)
        self.init(
            side: side, feature: feature, active: try reader.count(), sum: try reader.double(),
            tokens: try reader.list(StoredTally.init), strongest: try reader.list(Place.init),
            sample: try reader.list(Place.init))
        try reader.end()
    }

    var payload: [UInt8] {
        var payload: [UInt8] = []
        payload.append(count: active)
        payload.append(sum)
        payload.append(list: tokens, StoredTally.pack)
        payload.append(list: strongest, Place.pack)
        payload.append(list: sample, Place.pack)
        return payload
    }
}

extension StoredFeatureExamples.Side {
    var kind: ExampleKey.Kind {
        switch self {
        case .query: .queryFeature
        case .key: .keyFeature
        }
    }

    var histogramKind: ExampleKey.Kind {
        switch self {
        case .query: .queryHistogram
        case .key: .keyHistogram
        }
    }
}

extension StoredFeatureExamples.Histogram {
    init(_ payload: Span<UInt8>) throws(PayloadReader.Malformed) {
        var reader = PayloadReader(payload)
        self.init(
            exponent: Int(try reader.number(Int32.self)),
            counts: try reader.list { reader throws(PayloadReader.Malformed) in try reader.count() })
        try reader.end()
    }

    var payload: [UInt8] {
        var payload: [UInt8] = []
        payload.append(littleEndian: Int32(exponent))
        payload.append(list: counts) { $1.append(count: $0) }
        return payload
    }
}

extension StoredFeatureExamples.Place {
    fileprivate init(_ reader: inout PayloadReader) throws(PayloadReader.Malformed) {
        self.init(
            context: try reader.number(UInt32.self), position: try reader.number(UInt16.self), activation: try reader.float())
    }

    fileprivate static func pack(_ place: Self, into payload: inout [UInt8]) {
        payload.append(littleEndian: place.context)
        payload.append(littleEndian: place.position)
        payload.append(place.activation)
    }
}

extension ExampleSummary {
    init(_ payload: Span<UInt8>) throws(PayloadReader.Malformed) {
        var reader = PayloadReader(payload)
        self.init()
        (pairs, queryFeatures) = (try reader.count(), try reader.count())
        (keyFeatures, contexts) = (try reader.count(), try reader.count())
        try reader.end()
    }

    var payload: [UInt8] {
        var payload: [UInt8] = []
        for count in [pairs, queryFeatures, keyFeatures, contexts] { payload.append(count: count) }
        return payload
    }
}

/// The tokens of a context.
enum StoredContext {
    static func payload(_ tokens: [Int32]) -> [UInt8] {
        let fits = tokens.allSatisfy { $0 <= Int32(UInt16.max) }
        var payload: [UInt8] = [UInt8(fits ? MemoryLayout<UInt16>.size : MemoryLayout<UInt32>.size)]
        for token in tokens {
            if fits { payload.append(littleEndian: UInt16(token)) } else { payload.append(littleEndian: UInt32(token)) }
        }
        return payload
    }

    static func tokens(_ payload: Span<UInt8>) throws(PayloadReader.Malformed) -> [Int32] {
        guard !payload.isEmpty, payload[0] == 2 || payload[0] == 4, (payload.count - 1).isMultiple(of: Int(payload[0])) else {
            throw PayloadReader.Malformed()
        }
        return stride(from: 1, to: payload.count, by: Int(payload[0])).map {
            payload[0] == 2
                ? Int32(payload.load(at: $0, as: UInt16.self)) : Int32(truncatingIfNeeded: payload.load(at: $0, as: UInt32.self))
        }
    }
}
