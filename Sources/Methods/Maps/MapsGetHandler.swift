import Artifacts
import API

/// `maps.get`.
struct MapsGetHandler: MethodHandler {
    typealias M = MapsGet
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try dictionaries.maps.info(params.map) }
}
