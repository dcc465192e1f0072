import API
import Artifacts

/// `dictionaries.history`.
struct DictionariesHistoryHandler: MethodHandler {
    typealias M = DictionariesHistory
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let history = try dictionaries.archive.history(params.dictionary)
        return M.Result(dictionary: params.dictionary, metrics: history?.thinned(to: params.points).lines ?? [])
    }
}
