import API
import Artifacts

/// `models.unload`.
struct ModelsUnloadHandler: MethodHandler {
    typealias M = ModelsUnload
    let models: ModelLibrary
    let prompts: PromptCache
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let removed = try await models.unload(params.model) { owner in
            try rights.checkOwner(of: "model '\(params.model)'", owner, in: call)
        }
        _ = try await compute.run { try decompositions.forget(model: params.model) }
        if let removed { prompts.forget(fingerprint: removed.fingerprint) }
        return M.Result(model: params.model, freed_bytes: removed?.info.memory_bytes ?? 0)
    }
}
