import API

/// `models.list`.
struct ModelsListHandler: MethodHandler {
    typealias M = ModelsList
    let models: ModelLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { M.Result(models: try models.all()) }
}
