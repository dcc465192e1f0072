import Artifacts
import API

/// `dictionaries.list`.
struct DictionariesListHandler: MethodHandler {
    typealias M = DictionariesList
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let all = try dictionaries.archive.all().filter {
            (params.model == nil || $0.model == params.model) && (params.layer == nil || $0.layer == params.layer)
        }
        let page = try Page(all, id: \.dictionary, cursor: params.cursor, limit: params.limit)
        return M.Result(dictionaries: page.elements, next_cursor: page.nextCursor)
    }
}
