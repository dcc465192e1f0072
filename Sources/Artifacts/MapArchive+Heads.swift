public import API
private import Foundation
private import Store

extension MapArchive {
    /// What each head of a map uses.
    ///
    /// - Parameters:
    ///   - map: The map's name.
    ///   - n_heads: H of its layer.
    /// - Throws: `map_not_found`.
    /// - Complexity: O(the map's entries).
    public func heads(_ map: String, n_heads: Int) throws -> [MapHead] {
        var tallies = (0..<n_heads).map { _ in HeadTally() }
        try forEachPair(map) { entries in
            for entry in entries where Int(entry.head) < n_heads {
                tallies[Int(entry.head)].add(entry, isShared: entries.count > 1)
            }
        }
        let whole = tallies.reduce(0) { $0 + $1.sum }
        return tallies.enumerated().map { $1.summary(head: $0, whole: whole) }
    }
}

/// The sums over one head's entries.
private struct HeadTally {
    var sum = 0.0
    /// Σ c ln c, from which the entropy follows once the sum is known.
    private var sumOfLogarithms = 0.0
    private var pairs = 0, shared = 0
    private var queryFeatures: Set<UInt32> = [], keyFeatures: Set<UInt32> = []
    private var top: StoredEntry?

    mutating func add(_ entry: StoredEntry, isShared: Bool) {
        let contribution = Double(abs(entry.contribution))
        sum += contribution
        if contribution > 0 { sumOfLogarithms += contribution * log(contribution) }
        pairs += 1
        if isShared { shared += 1 }
        queryFeatures.insert(entry.query)
        keyFeatures.insert(entry.key)
        if top.map({ abs($0.contribution) < abs(entry.contribution) }) ?? true { top = entry }
    }

    func summary(head: Int, whole: Double) -> MapHead {
        // With shares p = c/Σc: −Σ p ln p = ln Σc − (Σ c ln c)/Σc.
        let entropy = sum > 0 ? log(sum) - sumOfLogarithms / sum : 0
        return MapHead(
            head: head, pairs: pairs, shared_pairs: shared, query_features: queryFeatures.count, key_features: keyFeatures.count,
            expected_contribution: sum, share: whole > 0 ? sum / whole : 0, effective_pairs: sum > 0 ? exp(entropy) : 0,
            top: top.map(PairEntry.init))
    }
}
