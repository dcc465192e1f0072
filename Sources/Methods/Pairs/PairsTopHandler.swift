import API
import Artifacts
import JSON
import Store

/// `pairs.top`: a map's entries by rank, of a feature or a head or all.
struct PairsTopHandler: MethodHandler {
    typealias M = PairsTop
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let sizes = try dictionaries.sizes(ofMap: params.map)
        if let feature = params.query_feature { try sizes.check(feature: feature, side: .query) }
        if let feature = params.key_feature { try sizes.check(feature: feature, side: .key) }
        if let head = params.head { try sizes.check(head: head) }
        var query = MapQuery()
        (query.query, query.key, query.head) = (params.query_feature, params.key_feature, params.head)
        (query.minContribution, query.minMask, query.order) = (params.min_contribution ?? 0, params.min_mask ?? 0, params.order)
        let wanted = query, start = try OffsetCursor.start(params.cursor)
        // A feature may be in hundreds of thousands of entries.
        let isShort = wanted.isIndexed && wanted.query == nil && wanted.key == nil
        let page = try await compute.walk(isShort: isShort) { [maps = dictionaries.maps] in
            try maps.top(params.map, wanted, start: start, limit: params.limit)
        }
        return M.Result(map: params.map, pairs: page.elements.map(PairEntry.init), next_cursor: page.next.map(String.init))
    }
}

extension Compute {
    /// Reads a map: here if that is short, otherwise off the pool on which the server answers.
    func walk<Result: Sendable>(isShort: Bool = false, _ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        isShort ? try body() : try await run(body)
    }
}

/// The cursor of a list whose places are numbered.
enum OffsetCursor {
    /// The largest place: pages beyond it would keep more entries than the memory of a busy machine has room for.
    private static let last = 100_000_000

    /// Where a page starts.
    ///
    /// - Throws: `cursor_invalid`.
    static func start(_ cursor: String?) throws(APIError) -> Int {
        guard let cursor else { return 0 }
        guard let start = Int(cursor), (0...last).contains(start) else {
            throw APIError(.cursorInvalid, "'\(cursor)' is not a cursor of this list", facts: ["cursor": .string(cursor)])
        }
        return start
    }
}
