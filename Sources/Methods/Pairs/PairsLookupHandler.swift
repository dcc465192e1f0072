import API
import Artifacts

/// `pairs.lookup`: one read transaction, one descent of the tree, no arithmetic.
struct PairsLookupHandler: ImmediateMethodHandler {
    typealias M = PairsLookup
    let dictionaries: DictionaryLibrary

    func answer(_ params: M.Params, in call: Call) throws -> M.Result {
        let sizes = try dictionaries.sizes(ofMap: params.map)
        try sizes.check(feature: params.query_feature, side: .query)
        try sizes.check(feature: params.key_feature, side: .key)
        let found = try dictionaries.maps.entries(
            params.map, pairs: CollectionOfOne((query: params.query_feature, key: params.key_feature)))
        return M.Result(
            map: params.map, query_feature: params.query_feature, key_feature: params.key_feature,
            heads: found[0].map(PairEntry.init))
    }
}
