import Artifacts
import API

/// `models.get`.
struct ModelsGetHandler: MethodHandler {
    typealias M = ModelsGet
    let models: ModelLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try await models.model(params.model).info }
}
