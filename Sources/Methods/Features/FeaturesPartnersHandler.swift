import API
import Artifacts

/// `features.partners`: the features that a map pairs a feature with.
struct FeaturesPartnersHandler: MethodHandler {
    typealias M = FeaturesPartners
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let sizes = try dictionaries.sizes(ofMap: params.map)
        try sizes.check(feature: params.feature, side: params.side)
        if let head = params.head { try sizes.check(head: head) }
        let start = try OffsetCursor.start(params.cursor)
        let (page, total) = try await compute.walk { [maps = dictionaries.maps] in
            try maps.partners(
                params.map, of: params.feature, side: params.side, head: params.head, start: start, limit: params.limit)
        }
        return M.Result(
            map: params.map, side: params.side, feature: params.feature, total: total, partners: page.elements,
            next_cursor: page.next.map(String.init))
    }
}
