import API
import Artifacts

/// `pairs.lookup`: one read transaction, one cursor, no arithmetic.
struct PairsLookupHandler: MethodHandler {
    typealias M = PairsLookup
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let map = try dictionaries.maps.info(params.map)
        let dictionary = try dictionaries.archive.info(map.dictionary)
        try dictionary.check(feature: params.query_feature, side: .query)
        try dictionary.check(feature: params.key_feature, side: .key)
        let entries = try dictionaries.maps.entries(map, query: params.query_feature, key: params.key_feature)
        return M.Result(
            map: params.map, query_feature: params.query_feature, key_feature: params.key_feature, heads: entries)
    }
}
