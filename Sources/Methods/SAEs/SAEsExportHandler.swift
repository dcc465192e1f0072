import API
import Artifacts

/// `saes.export`.
struct SAEsExportHandler: MethodHandler {
    typealias M = SAEsExport
    let saes: SAEArchive
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let path = try rights.place(params.path, in: call), info = try saes.info(params.sae)
        try await compute.run { [saes] in
            try SAELensAutoencoder(info, try saes.weights(info), density: try saes.density(info)).write(to: path)
        }
        return M.Result(sae: params.sae, path: params.path)
    }
}
