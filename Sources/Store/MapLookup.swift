import LMDB

extension StoreReader {
    /// The entries of one pair, by head; empty if the map has none.
    ///
    /// - Throws: `StoreError.corrupt`. Cost: one descent of the tree, a few microseconds.
    public func entries(map: UInt32, query: UInt32, key: UInt32) throws -> [StoredEntry] {
        let pair = MapKey.pair(map, query, key)
        guard let payload = try payload(pair, in: .mapEntries) else { return [] }
        return try unpack(payload, pair.span, query: query, key: key, .mapEntries)
    }

    /// The entries of the next pairs in the order of query feature, key feature and head; empty after the last.
    ///
    /// A whole map is read in pieces, so that no transaction lasts long.
    ///
    /// - Parameters:
    ///   - after: The last pair of the piece before; nil: from the first.
    ///   - limit: How many pairs.
    /// - Throws: `StoreError.corrupt`. Cost: one cursor range.
    public func entries(map: UInt32, after: (query: UInt32, key: UInt32)?, limit: Int) throws -> [StoredEntry] {
        var entries: [StoredEntry] = []
        var left = limit
        let start = after.map { MapKey.pair(map, $0.query, $0.key) }
        try forEach(.mapEntries, prefix: MapKey.map(map), from: start) { pair, payload in
            let key = try feature(pair, .mapEntries), query = pair.bigEndian(at: MapKey.mapBytes, as: UInt32.self)
            if let after, (query, key) == after { return true }
            guard StoredEntry.unpack(payload, query: query, key: key, into: &entries) else {
                throw Schema.Table.mapEntries.corrupt(pair, "the value is not a whole number of heads")
            }
            left -= 1
            return left > 0
        }
        return entries
    }

    /// The entries of a query feature, by key feature and head.
    ///
    /// - Throws: `StoreError.corrupt`. Cost: one cursor range.
    public func entries(map: UInt32, query: UInt32) throws -> [StoredEntry] {
        var entries: [StoredEntry] = []
        try forEach(.mapEntries, prefix: MapKey.row(map, query)) { pair, payload in
            let key = try feature(pair, .mapEntries)
            entries += try unpack(payload, pair, query: query, key: key, .mapEntries)
            return true
        }
        return entries
    }

    /// The entries of a key feature, by query feature and head.
    ///
    /// - Throws: `StoreError.corrupt`. Cost: one cursor range of the mirror.
    public func entries(map: UInt32, key: UInt32) throws -> [StoredEntry] {
        var entries: [StoredEntry] = []
        try forEach(.mapMirror, prefix: MapKey.row(map, key)) { pair, payload in
            let query = try feature(pair, .mapMirror)
            entries += try unpack(payload, pair, query: query, key: key, .mapMirror)
            return true
        }
        return entries
    }

    /// The entries with the greatest absolute contributions, in order; equal ones by head, query feature, key feature.
    ///
    /// - Parameters:
    ///   - head: One head; nil for all heads together.
    ///   - limit: The most to return.
    ///   - after: The last rank of the page before; nil: from the first.
    /// - Throws: `StoreError.corrupt`. Cost: one descent, whatever the page.
    public func top(map: UInt32, head: UInt16? = nil, limit: Int, after: Int? = nil) throws -> [RankedEntry] {
        let first = after.map { $0 + 1 } ?? 0
        let block = Schema.Map.rowsPerBlock
        var found: [RankedEntry] = []
        guard limit > 0, first >= 0, let start = UInt32(exactly: first / block * block) else { return found }
        let head = head ?? Schema.Map.allHeads
        let prefix = MapKey.ranking(map, head: head)
        try forEach(.mapRankings, prefix: prefix, from: MapKey.ranking(map, head: head, firstRank: start)) { key, payload in
            guard key.count == MapKey.rankingBytes, let rows = StoredEntry.unpackRanked(payload) else {
                throw Schema.Table.mapRankings.corrupt(key, "the block is not a whole number of rows")
            }
            let firstRank = Int(key.bigEndian(at: prefix.count, as: UInt32.self))
            for (offset, entry) in rows.enumerated() where firstRank + offset >= first && found.count < limit {
                found.append(RankedEntry(rank: firstRank + offset, entry: entry))
            }
            return found.count < limit
        }
        return found
    }

    /// The sizes of a map; nil until it is written to the end.
    ///
    /// - Throws: `StoreError.corrupt`. Cost: one descent.
    public func summary(map: UInt32) throws -> MapSummary? {
        let key = MapKey.map(map)
        guard let payload = try payload(key, in: .mapSummaries) else { return nil }
        guard let summary = MapSummary(payload) else {
            throw Schema.Table.mapSummaries.corrupt(key.span, "the summary contradicts itself")
        }
        return summary
    }

    /// The second feature of a pair's key.
    private func feature(_ key: Span<UInt8>, _ table: Schema.Table) throws -> UInt32 {
        guard key.count == MapKey.pairBytes else {
            throw table.corrupt(key, "the key has \(key.count) bytes, not \(MapKey.pairBytes)")
        }
        return key.bigEndian(at: 8, as: UInt32.self)
    }

    private func unpack(
        _ payload: Span<UInt8>, _ pair: Span<UInt8>, query: UInt32, key: UInt32, _ table: Schema.Table
    ) throws -> [StoredEntry] {
        guard let entries = StoredEntry.unpack(payload, query: query, key: key) else {
            throw table.corrupt(pair, "the value is not a whole number of heads")
        }
        return entries
    }
}
