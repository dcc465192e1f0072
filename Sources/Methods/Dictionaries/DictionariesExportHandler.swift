import API
import Artifacts
import JSON

/// `dictionaries.export`.
struct DictionariesExportHandler: MethodHandler {
    typealias M = DictionariesExport
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try checkAbsolute(params.path)
        let dictionary = try await dictionaries.dictionary(params.dictionary)
        try await compute.run { try SAELensFolder.write(dictionary.info, dictionary.pair, to: params.path) }
        return M.Result(dictionary: params.dictionary, path: params.path)
    }
}

/// Refuses a path that depends on where the daemon happens to run.
///
/// - Throws: `path_refused`.
func checkAbsolute(_ path: String) throws(APIError) {
    guard path.hasPrefix("/") else {
        throw APIError(.pathRefused, "'\(path)' is not an absolute path", facts: ["path": .string(path)])
    }
}
