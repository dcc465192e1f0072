// How much of one map another one has: both pair features of dictionaries of their own, and a matching says which are which.
//
// An entry (a, b, h) of the first is comparable if a and b both have partners a' and b'; it is found if the second has (a', b', h), and
// found in some head if the second has (a', b', h') for any h'. Counts and contributions are shares of all the first's entries: what has
// no partner counts as not found.

/// One entry of a map, as a comparison sees it.
public struct OverlapEntry: Sendable, Hashable {
    /// The query feature.
    public var query: Int
    /// The key feature.
    public var key: Int
    /// The head.
    public var head: Int
    /// What it counts for, not negative.
    public var weight: Double

    /// An entry.
    public init(query: Int, key: Int, head: Int, weight: Double) {
        (self.query, self.key, self.head, self.weight) = (query, key, head, weight)
    }
}

/// The matchings of both sides, from the first dictionary to the second; nil where both are the same dictionary.
public struct PairMatching: Sendable {
    let query: FeatureMatching?, key: FeatureMatching?

    /// From both sides' matchings.
    public init(query: FeatureMatching, key: FeatureMatching) { (self.query, self.key) = (query, key) }

    private init() { (query, key) = (nil, nil) }

    /// Of a dictionary with itself: every feature is its own partner.
    public static let identity = PairMatching()

    /// The pair that corresponds to a pair of the first; nil if one of the two has no partner.
    func partner(_ entry: OverlapEntry) -> (query: Int, key: Int)? {
        guard let query, let key else { return (entry.query, entry.key) }
        guard let a = query.partner(of: entry.query), let b = key.partner(of: entry.key) else { return nil }
        return (a, b)
    }
}

/// The heads of a map by pair.
public struct HeadsByPair: Sendable {
    private struct Pair: Hashable { let query: Int, key: Int }
    private let heads: [Pair: Set<Int>]

    /// The heads of entries.
    public init(_ entries: [OverlapEntry]) {
        heads = Dictionary(grouping: entries) { Pair(query: $0.query, key: $0.key) }.mapValues { Set($0.map(\.head)) }
    }

    func heads(_ query: Int, _ key: Int) -> Set<Int>? { heads[Pair(query: query, key: key)] }
}

/// How much of one map another one has.
public struct MapOverlap: Sendable, Equatable {
    /// A share of the first's entries, by number and by weight.
    public struct Share: Sendable, Equatable {
        /// Of the entries.
        public fileprivate(set) var entries = 0.0
        /// Of their weight.
        public fileprivate(set) var weight = 0.0

        fileprivate mutating func add(_ entry: OverlapEntry) {
            entries += 1
            weight += entry.weight
        }

        fileprivate func of(_ whole: Share) -> Share {
            var share = Share()
            share.entries = whole.entries > 0 ? entries / whole.entries : 0
            share.weight = whole.weight > 0 ? weight / whole.weight : 0
            return share
        }
    }

    /// Entries both of whose features have partners.
    public let comparable: Share
    /// Entries whose pair of partners the second has in the same head.
    public let found: Share
    /// Entries whose pair of partners the second has in any head.
    public let foundInSomeHead: Share

    /// Compares a map with one other, or with several at once: then an entry is found if each of them has it.
    ///
    /// - Parameters:
    ///   - entries: The first's.
    ///   - others: The others, each with the matching that leads to it.
    public init(_ entries: [OverlapEntry], in others: [(heads: HeadsByPair, matching: PairMatching)]) {
        var whole = Share(), comparable = Share(), found = Share(), foundInSomeHead = Share()
        for entry in entries {
            whole.add(entry)
            let partners = others.map { $0.matching.partner(entry) }
            guard partners.allSatisfy({ $0 != nil }) else { continue }
            comparable.add(entry)
            let heads = zip(others, partners).map { other, partner in partner.flatMap { other.heads.heads($0.query, $0.key) } }
            if heads.allSatisfy({ $0 != nil }) { foundInSomeHead.add(entry) }
            if heads.allSatisfy({ $0?.contains(entry.head) ?? false }) { found.add(entry) }
        }
        self.comparable = comparable.of(whole)
        self.found = found.of(whole)
        self.foundInSomeHead = foundInSomeHead.of(whole)
    }
}
