import Artifacts
import API

/// `maps.list`.
struct MapsListHandler: MethodHandler {
    typealias M = MapsList
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let all = try dictionaries.maps.all().filter {
            (params.dictionary == nil || $0.dictionary == params.dictionary) && (params.model == nil || $0.model == params.model)
                && (params.layer == nil || $0.layer == params.layer)
        }
        let page = try Page(all, id: \.map, cursor: params.cursor, limit: params.limit)
        return M.Result(maps: page.elements, next_cursor: page.nextCursor)
    }
}
