import Artifacts
import API

/// `dictionaries.list`.
struct DictionariesListHandler: MethodHandler {
    typealias M = DictionariesList
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let isFiltered = params.model != nil || params.layer != nil
        let page = try await compute.walk(isShort: !isFiltered) { [archive = dictionaries.archive] in
            try archive.newest(after: params.cursor, limit: params.limit) {
                (params.model == nil || $0.model == params.model) && (params.layer == nil || $0.layer == params.layer)
            }
        }
        return M.Result(
            dictionaries: page.found, next_cursor: page.hasMore ? page.found.last?.dictionary : nil)
    }
}
