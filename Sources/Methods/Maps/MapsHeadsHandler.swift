import API
import Artifacts

/// `maps.heads`: what each head of a map uses.
struct MapsHeadsHandler: MethodHandler {
    typealias M = MapsHeads
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let sizes = try dictionaries.sizes(ofMap: params.map), info = try dictionaries.maps.info(params.map)
        let heads = try await compute.walk { [maps = dictionaries.maps] in
            try maps.heads(params.map, n_heads: sizes.n_heads)
        }
        return M.Result(map: params.map, layer: info.layer, heads: heads)
    }
}
