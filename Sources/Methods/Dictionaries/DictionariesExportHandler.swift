import API
import Artifacts
import JSON

/// `dictionaries.export`.
struct DictionariesExportHandler: MethodHandler {
    typealias M = DictionariesExport
    let dictionaries: DictionaryLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call)
        let dictionary = try await dictionaries.dictionary(params.dictionary)
        try await compute.run { try SAELensFolder.write(dictionary.info, dictionary.pair, to: path) }
        return M.Result(dictionary: params.dictionary, path: params.path)
    }
}
