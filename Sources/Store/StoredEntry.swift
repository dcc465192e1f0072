import LMDB

/// One value of a feature map: how much head `head` looks from query feature `query` to key feature `key`.
public struct StoredEntry: Hashable, Sendable {
    /// Query feature: row of the query dictionary.
    public var query: UInt32
    /// Key feature: row of the key dictionary.
    public var key: UInt32
    /// Head of the layer.
    public var head: UInt16
    /// The map's value before the mask.
    public var M: Float
    /// The mask that training found, 0 to 1.
    public var mask: Float
    /// Expected contribution to the attention score; the rankings order by its absolute value.
    public var contribution: Float

    /// An entry.
    public init(query: UInt32, key: UInt32, head: UInt16, M: Float, mask: Float, contribution: Float) {
        self.query = query
        self.key = key
        self.head = head
        self.M = M
        self.mask = mask
        self.contribution = contribution
    }
}

/// An entry and its place in a ranking.
public struct RankedEntry: Hashable, Sendable {
    /// 0 for the greatest absolute contribution.
    public let rank: Int
    /// The entry.
    public let entry: StoredEntry
}

/// The sizes of a map.
public struct MapSummary: Hashable, Sendable {
    /// Entries: (query, key, head) with a value.
    public let entries: Int
    /// Pairs: (query, key) with at least one entry.
    public let pairs: Int
    /// Entries of each head that has any.
    public let entriesByHead: [UInt16: Int]
}

// The layouts that `Schema` lists.

extension StoredEntry {
    /// Reads the packed heads of one pair; nil if the payload is not a whole number of them.
    static func unpack(_ payload: Span<UInt8>, query: UInt32, key: UInt32) -> [StoredEntry]? {
        var entries: [StoredEntry] = []
        entries.reserveCapacity(payload.count / Schema.Map.headBytes)
        return unpack(payload, query: query, key: key, into: &entries) ? entries : nil
    }

    /// Appends the packed heads of one pair; false if the payload is not a whole number of them.
    static func unpack(_ payload: Span<UInt8>, query: UInt32, key: UInt32, into entries: inout [StoredEntry]) -> Bool {
        let size = Schema.Map.headBytes
        guard !payload.isEmpty, payload.count.isMultiple(of: size) else { return false }
        for offset in stride(from: 0, to: payload.count, by: size) {
            entries.append(
                StoredEntry(
                    query: query, key: key, head: payload.load(at: offset, as: UInt16.self), M: payload.float(at: offset + 2),
                    mask: payload.float(at: offset + 6), contribution: payload.float(at: offset + 10)))
        }
        return true
    }

    /// Reads one block of a ranking; nil if the payload is not a whole number of rows.
    static func unpackRanked(_ payload: Span<UInt8>) -> [StoredEntry]? {
        let size = Schema.Map.rankedBytes
        guard !payload.isEmpty, payload.count.isMultiple(of: size) else { return nil }
        return stride(from: 0, to: payload.count, by: size).map { offset in
            StoredEntry(
                query: payload.load(at: offset, as: UInt32.self), key: payload.load(at: offset + 4, as: UInt32.self),
                head: payload.load(at: offset + 8, as: UInt16.self), M: payload.float(at: offset + 10),
                mask: payload.float(at: offset + 14), contribution: payload.float(at: offset + 18))
        }
    }

    /// Appends head, M, mask, contribution.
    func pack(into payload: inout [UInt8]) {
        payload.append(littleEndian: head)
        payload.append(littleEndian: M.bitPattern)
        payload.append(littleEndian: mask.bitPattern)
        payload.append(littleEndian: contribution.bitPattern)
    }

    /// Appends query, key, and what `pack` appends.
    func packRanked(into payload: inout [UInt8]) {
        payload.append(littleEndian: query)
        payload.append(littleEndian: key)
        pack(into: &payload)
    }

    /// Throws `StoreError.invalidEntry` if the store does not take the entry.
    func validate() throws {
        func refuse(_ reason: String) -> StoreError {
            .invalidEntry(query: Int(query), key: Int(key), head: Int(head), reason: reason)
        }
        guard M.isFinite, mask.isFinite, contribution.isFinite else { throw refuse("a value is not finite") }
        guard head != Schema.Map.allHeads else { throw refuse("the head's number is reserved") }
    }
}

extension MapSummary {
    /// Reads a summary; nil if it contradicts itself.
    init?(_ payload: Span<UInt8>) {
        let (fixed, perHead) = (20, 10)
        guard payload.count >= fixed else { return nil }
        let heads = Int(payload.load(at: 16, as: UInt32.self))
        guard payload.count == fixed + perHead * heads else { return nil }
        var entriesByHead: [UInt16: Int] = [:]
        for offset in stride(from: fixed, to: payload.count, by: perHead) {
            let head = payload.load(at: offset, as: UInt16.self)
            entriesByHead[head] = Int(truncatingIfNeeded: payload.load(at: offset + 2, as: UInt64.self))
        }
        self.init(
            entries: Int(truncatingIfNeeded: payload.load(at: 0, as: UInt64.self)),
            pairs: Int(truncatingIfNeeded: payload.load(at: 8, as: UInt64.self)), entriesByHead: entriesByHead)
    }

    var payload: [UInt8] {
        var payload: [UInt8] = []
        payload.append(littleEndian: UInt64(entries))
        payload.append(littleEndian: UInt64(pairs))
        payload.append(littleEndian: UInt32(entriesByHead.count))
        for (head, count) in entriesByHead.sorted(by: { $0.key < $1.key }) {
            payload.append(littleEndian: head)
            payload.append(littleEndian: UInt64(count))
        }
        return payload
    }
}

/// Keys of the map's tables.
enum MapKey {
    static let mapBytes = 4
    static let pairBytes = 12
    static let rankingBytes = 10

    static func map(_ map: UInt32) -> [UInt8] { numbers(map) }
    static func row(_ map: UInt32, _ feature: UInt32) -> [UInt8] { numbers(map, feature) }
    static func pair(_ map: UInt32, _ first: UInt32, _ second: UInt32) -> [UInt8] { numbers(map, first, second) }

    static func ranking(_ map: UInt32, head: UInt16) -> [UInt8] {
        var key = numbers(map)
        key.append(bigEndian: head)
        return key
    }

    static func ranking(_ map: UInt32, head: UInt16, firstRank: UInt32) -> [UInt8] {
        var key = ranking(map, head: head)
        key.append(bigEndian: firstRank)
        return key
    }

    private static func numbers(_ numbers: UInt32...) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(numbers.count * 4)
        for number in numbers { key.append(bigEndian: number) }
        return key
    }
}
