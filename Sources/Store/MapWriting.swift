// A map is written in small transactions, each with sorted keys, under a number that no document names yet:
//
// 1. delete what lies under the number (an interrupted attempt);
// 2. entries by (query, key), then the mirror by (key, query);
// 3. the rankings by absolute contribution: each head's, then that of all heads together, in blocks of rows;
// 4. the summary, last: its presence means that the map is whole.
//
// The caller then publishes the map by one transaction that puts the map's document.
import LMDB

extension Store {
    /// Writes a whole map under an unpublished number.
    ///
    /// Call it off the cooperative pool: a million entries take seconds, most of them waiting for the disk.
    /// - Parameter entries: In any order; each (query, key, head) once; finite values.
    /// - Throws: `StoreError.invalidEntry` before anything is written; `.full`, after which `deleteEntries` frees the rest.
    public func writeEntries(map: UInt32, entries: [StoredEntry]) throws {
        for entry in entries { try entry.validate() }
        let byQuery = entries.sorted { ($0.query, $0.key, $0.head) < ($1.query, $1.key, $1.head) }
        let pairs = try MapGrouping.pairs(byQuery)
        try deleteEntries(map: map)
        try writePairs(byQuery, pairs, to: .mapEntries) { MapKey.pair(map, $0.query, $0.key) }
        let byKey = entries.sorted { ($0.key, $0.query, $0.head) < ($1.key, $1.query, $1.head) }
        try writePairs(byKey, MapGrouping.pairs(byKey), to: .mapMirror) { MapKey.pair(map, $0.key, $0.query) }
        let ranked = entries.sorted(by: MapGrouping.outranks)
        let byHead = Dictionary(grouping: ranked, by: \.head)
        for (head, entries) in byHead.sorted(by: { $0.key < $1.key }) {
            try writeRanking(map: map, head: head, entries)
        }
        try writeRanking(map: map, head: Schema.Map.allHeads, ranked)
        let summary = MapSummary(
            entries: entries.count, pairs: pairs.count, entriesByHead: byHead.mapValues(\.count))
        try write { try $0.put(summary.payload.span, for: MapKey.map(map), in: .mapSummaries) }
    }

    /// Deletes a map's entries, in small transactions, its summary first.
    ///
    /// The caller has deleted the map's document before.
    /// - Returns: The number of records deleted.
    @discardableResult
    public func deleteEntries(map: UInt32) throws -> Int {
        try Schema.Map.tables.reduce(0) { sum, table in
            try sum + delete(prefix: MapKey.map(map), in: table, batch: Schema.Map.recordsPerTransaction)
        }
    }

    private func writePairs(
        _ entries: [StoredEntry], _ pairs: [Range<Int>], to table: Schema.Table, key: (StoredEntry) -> [UInt8]
    ) throws {
        try writeSorted(pairs.count, to: table) { index, payload in
            for entry in entries[pairs[index]] { entry.pack(into: &payload) }
            return key(entries[pairs[index].lowerBound])
        }
    }

    private func writeRanking(map: UInt32, head: UInt16, _ entries: [StoredEntry]) throws {
        let rows = Schema.Map.rowsPerBlock
        try writeSorted((entries.count + rows - 1) / rows, to: .mapRankings) { block, payload in
            let first = block * rows
            for entry in entries[first..<min(first + rows, entries.count)] { entry.packRanked(into: &payload) }
            return MapKey.ranking(map, head: head, firstRank: UInt32(first))
        }
    }

    /// Writes `count` records in key order, a few thousand per transaction, at the end of the table without a search where
    /// the table's last key allows it.
    ///
    /// - Parameter record: Fills the payload of a record and returns its key.
    private func writeSorted(_ count: Int, to table: Schema.Table, record: (Int, inout [UInt8]) -> [UInt8]) throws {
        for start in stride(from: 0, to: count, by: Schema.Map.recordsPerTransaction) {
            try write { writer in
                var appending = false
                for index in start..<min(start + Schema.Map.recordsPerTransaction, count) {
                    var payload: [UInt8] = []
                    let key = record(index, &payload)
                    if index == start { appending = try writer.isPastTheEnd(key, of: table) }
                    try writer.put(payload.span, for: key, in: table, appending: appending)
                }
            }
        }
    }
}

extension StoreWriter {
    /// Whether a key is greater than every key of the table.
    fileprivate func isPastTheEnd(_ key: [UInt8], of table: Schema.Table) throws -> Bool {
        var cursor = try reader.transaction.cursor(databases[table])
        guard try cursor.last() else { return true }
        return cursor.key.array.lexicographicallyPrecedes(key)
    }
}

/// How entries are put together into records.
enum MapGrouping {
    /// The runs of one pair each, in entries sorted by pair and head.
    ///
    /// - Throws: `StoreError.invalidEntry` at an entry that is there twice.
    static func pairs(_ entries: [StoredEntry]) throws -> [Range<Int>] {
        var pairs: [Range<Int>] = []
        var start = 0
        for index in entries.indices {
            if index > start {
                let (entry, before) = (entries[index], entries[index - 1])
                if (entry.query, entry.key) == (before.query, before.key) {
                    guard entry.head != before.head else {
                        throw StoreError.invalidEntry(
                            query: Int(entry.query), key: Int(entry.key), head: Int(entry.head), reason: "it is there twice")
                    }
                } else {
                    pairs.append(start..<index)
                    start = index
                }
            }
        }
        if !entries.isEmpty { pairs.append(start..<entries.count) }
        return pairs
    }

    /// The order of the rankings.
    static func outranks(_ a: StoredEntry, _ b: StoredEntry) -> Bool {
        let (first, second) = (a.contribution.magnitude, b.contribution.magnitude)
        if first != second { return first > second }
        return (a.head, a.query, a.key) < (b.head, b.query, b.key)
    }
}
