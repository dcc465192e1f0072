import API
import Artifacts

/// `pairs.shared`: the pairs that several heads use.
struct PairsSharedHandler: MethodHandler {
    typealias M = PairsShared
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let start = try OffsetCursor.start(params.cursor)
        let (page, total) = try await compute.walk { [maps = dictionaries.maps] in
            try maps.shared(params.map, minHeads: params.min_heads, start: start, limit: params.limit)
        }
        return M.Result(map: params.map, total: total, pairs: page.elements, next_cursor: page.next.map(String.init))
    }
}
