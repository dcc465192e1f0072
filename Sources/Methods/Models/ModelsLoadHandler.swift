import Artifacts
import JSON
import Tensors
import API

/// `models.load`.
struct ModelsLoadHandler: MethodHandler {
    typealias M = ModelsLoad
    let models: ModelLibrary
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        var path = try rights.place(params.path, in: call).path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let name = params.name ?? path.split(separator: "/").last.map(String.init) ?? "model"
        let record = ModelRecord(
            model: name, path: String(path), owner_uid: Int(call.peer.uid), client_roots: rights.roots(of: call))
        return try await models.load(record).info
    }
}
