import API

/// `models.unload`.
struct ModelsUnloadHandler: MethodHandler {
    typealias M = ModelsUnload
    let models: ModelLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        M.Result(model: params.model, freed_bytes: try await models.unload(params.model))
    }
}
