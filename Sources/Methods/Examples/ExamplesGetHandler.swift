import API
import Artifacts

/// `examples.get`.
struct ExamplesGetHandler: MethodHandler {
    typealias M = ExamplesGet
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        _ = try dictionaries.maps.info(params.map)
        return try dictionaries.examples.info(params.map)
    }
}
