import API
import Artifacts

/// `saes.delete`.
struct SAEsDeleteHandler: MethodHandler {
    typealias M = SAEsDelete
    let saes: SAEArchive
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try rights.checkOwner(of: "sparse autoencoder \(params.sae)", try saes.info(params.sae).owner_uid, in: call)
        // Deleting writes, which may wait for the worker's transaction: not on the pool that serves.
        try await compute.run { [saes] in try saes.delete(params.sae) }
        return M.Result(sae: params.sae)
    }
}
