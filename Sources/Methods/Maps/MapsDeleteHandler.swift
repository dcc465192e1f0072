import API

/// `maps.delete`.
struct MapsDeleteHandler: MethodHandler {
    typealias M = MapsDelete
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run { try dictionaries.deleteMap(params.map) }
        return M.Result(map: params.map)
    }
}
