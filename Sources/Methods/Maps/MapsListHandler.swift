import Artifacts
import API

/// `maps.list`.
struct MapsListHandler: MethodHandler {
    typealias M = MapsList
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let isFiltered = params.dictionary != nil || params.model != nil || params.layer != nil
        let page = try await compute.walk(isShort: !isFiltered) { [maps = dictionaries.maps] in
            try maps.newest(after: params.cursor, limit: params.limit) {
                (params.dictionary == nil || $0.dictionary == params.dictionary)
                    && (params.model == nil || $0.model == params.model) && (params.layer == nil || $0.layer == params.layer)
            }
        }
        return M.Result(maps: page.found, next_cursor: page.hasMore ? page.found.last?.map : nil)
    }
}
