public import API
public import Store

// What an index answers and what takes a walk:
//
// - By expected contribution, over all heads or of one: the stored ranking, from the cursor's rank on. A page costs its own length,
//   and with a mask wanted the entries passed over.
// - Of a feature, in whatever order: that feature's entries, which are sorted here.
// - By M or by mask without a feature: every entry of the head or the map, of which only a page and what comes before it are kept.
//
// A walk reads in pieces, so that no transaction lasts long; a map never changes, and one that is deleted meanwhile is missed at the
// next piece.

/// Which entries of a map are wanted, and in what order.
public struct MapQuery: Sendable {
    /// Only those of this query feature.
    public var query: Int?
    /// Only those of this key feature.
    public var key: Int?
    /// Only those of this head.
    public var head: Int?
    /// Only those whose expected contribution is at least so large.
    public var minContribution: Float = 0
    /// Only those whose mask is at least so large.
    public var minMask: Float = 0
    /// What ranks them.
    public var order = PairOrder.expected_contribution

    /// All entries.
    public init() {}

    func allows(_ entry: StoredEntry) -> Bool {
        (head == nil || Int(entry.head) == head) && abs(entry.contribution) >= minContribution && entry.mask >= minMask
    }

    /// The ranking of the store, by what the query asks for: ties by head, query feature, key feature.
    func outranks(_ a: StoredEntry, _ b: StoredEntry) -> Bool {
        let (first, second) = (order.strength(of: a), order.strength(of: b))
        if first != second { return first > second }
        return (a.head, a.query, a.key) < (b.head, b.query, b.key)
    }

    /// Whether it is answered without reading many more entries than it returns.
    public var isIndexed: Bool { query != nil || key != nil || (order == .expected_contribution && minMask == 0) }
}

extension PairOrder {
    fileprivate func strength(of entry: StoredEntry) -> Float {
        switch self {
        case .expected_contribution: abs(entry.contribution)
        case .M: abs(entry.M * entry.mask)
        case .mask: entry.mask
        }
    }
}

/// One page of entries, and where the next one starts.
public struct MapPage<Element: Sendable>: Sendable {
    /// What is on it.
    public var elements: [Element]
    /// What to ask for next; nil on the last page.
    public var next: Int?
}

extension MapArchive {
    /// Entries read in one transaction: a few milliseconds.
    private static let entriesAtOnce = 16_384

    /// One page of a map's entries.
    ///
    /// - Parameters:
    ///   - map: The map's name.
    ///   - wanted: Which entries.
    ///   - start: Where the page starts: 0, or what the page before said.
    ///   - limit: How many entries.
    /// - Throws: `map_not_found`.
    /// - Complexity: O(limit) where ``MapQuery/isIndexed`` says so, or O(the feature's entries); otherwise O(the map's entries).
    public func top(_ map: String, _ wanted: MapQuery, start: Int, limit: Int) throws -> MapPage<StoredEntry> {
        if wanted.query != nil || wanted.key != nil {
            let found = try entries(map, query: wanted.query, key: wanted.key).filter(wanted.allows).sorted(by: wanted.outranks)
            return MapPage(
                elements: Array(found.dropFirst(start).prefix(limit)), next: found.count > start + limit ? start + limit : nil)
        }
        if wanted.order == .expected_contribution { return try walkRanking(map, wanted, start: start, limit: limit) }
        var best = Greatest<StoredEntry>(start + limit + 1, by: wanted.outranks)
        try forEachRanked(map, head: wanted.head, from: 0) { ranked in
            if wanted.allows(ranked.entry) { best.add(ranked.entry) }
            return true
        }
        let found = best.elements.dropFirst(start)
        return MapPage(elements: Array(found.prefix(limit)), next: found.count > limit ? start + limit : nil)
    }

    /// As `top`, in the order of the stored ranking: a cursor is a rank.
    private func walkRanking(_ map: String, _ wanted: MapQuery, start: Int, limit: Int) throws -> MapPage<StoredEntry> {
        var page = MapPage<StoredEntry>(elements: [], next: nil)
        let pieces = wanted.minMask == 0 ? min(limit + 1, Self.entriesAtOnce) : Self.entriesAtOnce
        try forEachRanked(map, head: wanted.head, from: start, atOnce: pieces) { ranked in
            guard abs(ranked.entry.contribution) >= wanted.minContribution else { return false }
            guard wanted.allows(ranked.entry) else { return true }
            if page.elements.count == limit {
                page.next = ranked.rank
                return false
            }
            page.elements.append(ranked.entry)
            return true
        }
        return page
    }

    /// Calls `body` with the entries of a ranking from a rank on, until it returns false.
    private func forEachRanked(
        _ map: String, head: Int?, from start: Int, atOnce: Int = entriesAtOnce, _ body: (RankedEntry) -> Bool
    ) throws {
        var next = start
        while true {
            let piece = try read(map) { reader, number in
                try reader.top(map: number, head: head.map { UInt16($0) }, limit: atOnce, after: next > 0 ? next - 1 : nil)
            }
            for ranked in piece where !body(ranked) { return }
            guard piece.count == atOnce, let last = piece.last else { return }
            next = last.rank + 1
        }
    }

    /// The entries of a feature, or of a pair.
    private func entries(_ map: String, query: Int?, key: Int?) throws -> [StoredEntry] {
        try read(map) { reader, number in
            switch (query, key) {
            case (let query?, let key?): try reader.entries(map: number, query: UInt32(query), key: UInt32(key))
            case (let query?, nil): try reader.entries(map: number, query: UInt32(query))
            case (nil, let key?): try reader.entries(map: number, key: UInt32(key))
            case (nil, nil): preconditionFailure("the entries of no feature were asked for")
            }
        }
    }
}

extension MapArchive {
    /// Calls `body` with each pair's entries, in the order of query feature and key feature, heads ascending.
    ///
    /// - Throws: `map_not_found`, and what `body` throws.
    /// - Complexity: O(entries): about 100 ms for a million.
    public func forEachPair(_ map: String, _ body: (ArraySlice<StoredEntry>) throws -> Void) throws {
        var last: (query: UInt32, key: UInt32)?
        while true {
            let piece = try read(map) { reader, number in
                try reader.entries(map: number, after: last, limit: Self.entriesAtOnce)
            }
            guard let end = piece.last else { return }
            var start = piece.startIndex
            while start < piece.endIndex {
                let (query, key) = (piece[start].query, piece[start].key)
                let next = piece[start...].firstIndex { ($0.query, $0.key) != (query, key) } ?? piece.endIndex
                try body(piece[start..<next])
                start = next
            }
            last = (end.query, end.key)
        }
    }

    /// The pairs with entries in several heads, by the sum of their expected contributions.
    ///
    /// - Parameters:
    ///   - map: The map's name.
    ///   - minHeads: In how many heads at least.
    ///   - start: How many to pass over.
    ///   - limit: How many to return.
    /// - Returns: The page, and how many pairs there are in all.
    /// - Throws: `map_not_found`.
    /// - Complexity: O(the map's entries).
    public func shared(_ map: String, minHeads: Int, start: Int, limit: Int) throws -> (page: MapPage<SharedPair>, total: Int) {
        // The sums alone are kept while the map is walked; the heads of the pairs on the page are looked up afterwards.
        var best = Greatest<(sum: Float, query: Int, key: Int)>(start + limit) {
            $0.sum != $1.sum ? $0.sum > $1.sum : ($0.query, $0.key) < ($1.query, $1.key)
        }
        var total = 0
        try forEachPair(map) { entries in
            guard entries.count >= minHeads, let first = entries.first else { return }
            total += 1
            best.add((entries.reduce(0) { $0 + abs($1.contribution) }, Int(first.query), Int(first.key)))
        }
        let pairs = best.elements.dropFirst(start).map { (query: $0.query, key: $0.key) }
        let found = try entries(map, pairs: pairs).map { SharedPair($0[...]) }
        return (MapPage(elements: found, next: total > start + limit ? start + limit : nil), total)
    }

    /// The pairs of one feature, by the sum of their expected contributions.
    ///
    /// - Parameters:
    ///   - map: The map's name.
    ///   - feature: The feature.
    ///   - side: Its side.
    ///   - head: Only what this head reads; nil for all.
    ///   - start: How many to pass over.
    ///   - limit: How many to return.
    /// - Returns: The page, and how many pairs there are in all.
    /// - Throws: `map_not_found`.
    /// - Complexity: O(the feature's entries).
    public func partners(
        _ map: String, of feature: Int, side: FeatureSide, head: Int?, start: Int, limit: Int
    ) throws -> (page: MapPage<SharedPair>, total: Int) {
        let found = try entries(map, query: side == .query ? feature : nil, key: side == .key ? feature : nil)
        // Each partner's entries stand together, as the two tables are sorted.
        let pairs = found.filter { head == nil || Int($0.head) == head }.chunked { ($0.query, $0.key) == ($1.query, $1.key) }
            .map(SharedPair.init).sorted(by: SharedPair.outranks)
        let next = pairs.count > start + limit ? start + limit : nil
        return (MapPage(elements: Array(pairs.dropFirst(start).prefix(limit)), next: next), pairs.count)
    }
}

extension Array {
    /// The runs of elements that belong together with their neighbours.
    fileprivate func chunked(by belong: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var chunks: [ArraySlice<Element>] = [], start = startIndex
        for index in indices.dropFirst() where !belong(self[index - 1], self[index]) {
            chunks.append(self[start..<index])
            start = index
        }
        if !isEmpty { chunks.append(self[start...]) }
        return chunks
    }
}

extension SharedPair {
    /// A pair from its entries, at least one.
    fileprivate init(_ entries: ArraySlice<StoredEntry>) {
        let first = entries[entries.startIndex], contributions = entries.map { abs($0.contribution) }
        self.init(
            query_feature: Int(first.query), key_feature: Int(first.key), expected_contribution: contributions.reduce(0, +),
            heads: entries.map { Int($0.head) }, contributions: contributions)
    }

    fileprivate static func outranks(_ a: SharedPair, _ b: SharedPair) -> Bool {
        if a.expected_contribution != b.expected_contribution { return a.expected_contribution > b.expected_contribution }
        return (a.query_feature, a.key_feature) < (b.query_feature, b.key_feature)
    }
}
