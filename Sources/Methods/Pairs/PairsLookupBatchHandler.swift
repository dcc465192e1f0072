import API
import Artifacts
import Store

/// `pairs.lookup_batch`: as many lookups as a script wants, without a request for each.
struct PairsLookupBatchHandler: MethodHandler {
    typealias M = PairsLookupBatch
    let dictionaries: DictionaryLibrary

    /// Pairs of one transaction: about a millisecond, after which others get their turn.
    private static let pairsAtOnce = 512

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let sizes = try dictionaries.sizes(ofMap: params.map)
        for pair in params.pairs {
            try sizes.check(feature: pair[0], side: .query)
            try sizes.check(feature: pair[1], side: .key)
        }
        var result = M.Result(map: params.map)
        result.entries.reserveCapacity(params.pairs.count)
        for start in stride(from: 0, to: params.pairs.count, by: Self.pairsAtOnce) {
            try Task.checkCancellation()
            let pairs = params.pairs[start..<min(start + Self.pairsAtOnce, params.pairs.count)]
            let found = try dictionaries.maps.entries(params.map, pairs: pairs.lazy.map { (query: $0[0], key: $0[1]) })
            for entries in found { result.append(entries) }
            await Task.yield()
        }
        return result
    }
}

extension PairsLookupBatch.Result {
    /// Appends one pair's entries.
    fileprivate mutating func append(_ found: [StoredEntry]) {
        entries.append(found.count)
        for entry in found {
            head.append(Int(entry.head))
            M.append(entry.M)
            mask.append(entry.mask)
            expected_contribution.append(entry.contribution)
        }
    }
}
