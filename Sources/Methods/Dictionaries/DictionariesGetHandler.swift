import Artifacts
import API

/// `dictionaries.get`.
struct DictionariesGetHandler: MethodHandler {
    typealias M = DictionariesGet
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try dictionaries.archive.info(params.dictionary) }
}
