import API
import Artifacts

/// `saes.get`.
struct SAEsGetHandler: MethodHandler {
    typealias M = SAEsGet
    let saes: SAEArchive

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result { try saes.info(params.sae) }
}
