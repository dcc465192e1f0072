import API
import Artifacts

/// `maps.delete`.
struct MapsDeleteHandler: MethodHandler {
    typealias M = MapsDelete
    let dictionaries: DictionaryLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        try await compute.run {
            let owner = try unlessDamaged { try dictionaries.maps.info(params.map).owner_uid }
            try rights.checkOwner(of: "map \(params.map)", owner, in: call)
            try dictionaries.deleteMap(params.map)
        }
        return M.Result(map: params.map)
    }
}
