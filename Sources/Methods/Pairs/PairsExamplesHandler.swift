import API
import Artifacts
import Attribution
import JSON
import Store

/// `pairs.examples`: one read transaction, and token ids turned into text.
struct PairsExamplesHandler: MethodHandler {
    typealias M = PairsExamples
    let dictionaries: DictionaryLibrary

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let map = try dictionaries.maps.info(params.map)
        let dictionary = try await dictionaries.dictionary(map.dictionary)
        try dictionary.check(feature: params.query_feature, side: .query)
        try dictionary.check(feature: params.key_feature, side: .key)
        if let head = params.head { try dictionary.model.check(head: head) }
        let (info, shown) = try dictionaries.examples.read(params.map) { info, reader -> (ExamplesInfo, M.Result?) in
            let collection = UInt32(truncatingIfNeeded: info.collection)
            let found = try reader.pairExamples(
                collection: collection, query: UInt32(params.query_feature), key: UInt32(params.key_feature))
            guard let found else { return (info, nil) }
            guard let head = head(params, found) else { return (info, nil) }
            let shown = found.strongest + found.sample + head.byEffect.map(\.place)
            let texts = try ExampleTexts(shown.map(\.context), collection: collection, model: dictionary.model, reader)
            return (info, result(params, found, head, info, texts))
        }
        guard let shown else { throw try absence(params, map, info) }
        return shown
    }

    /// Why there are no examples of the pair.
    private func absence(_ params: M.Params, _ map: MapInfo, _ info: ExamplesInfo) throws -> APIError {
        let name = "pair (\(params.query_feature), \(params.key_feature))", place = params.head.map { "head \($0)" } ?? "any head"
        let facts: JSONObject = [
            "map": .string(map.map), "query_feature": .integer(params.query_feature), "key_feature": .integer(params.key_feature),
        ]
        let pair = CollectionOfOne((query: params.query_feature, key: params.key_feature))
        let kept = try dictionaries.maps.entries(map.map, pairs: pair)[0].map { Int($0.head) }
        guard kept.contains(where: { params.head == nil || $0 == params.head }) else {
            let others = kept.isEmpty ? "" : "; it keeps it in head \(kept.map(String.init).joined(separator: ", "))"
            return APIError(.pairNotFound, "map '\(map.map)' does not keep \(name) in \(place)\(others)", facts: facts)
        }
        return APIError(
            .examplesNotFound,
            "in \(place), \(name) is active nowhere in the \(info.tokens) tokens from which examples of map '\(map.map)' were collected, or was not "
                + "among the entries asked for; `examples.collect` with more contexts or entries may find some", facts: facts)
    }

    /// The head asked for, or the one in which the pair changes the pattern most.
    ///
    /// - Returns: nil if it is not among those followed.
    private func head(_ params: M.Params, _ found: StoredPairExamples) -> StoredPairExamples.Head? {
        guard let asked = params.head else { return found.heads.max { $0.effectMagnitude < $1.effectMagnitude } }
        return found.heads.first { Int($0.head) == asked }
    }

    private func result(
        _ params: M.Params, _ found: StoredPairExamples, _ head: StoredPairExamples.Head, _ info: ExamplesInfo,
        _ texts: ExampleTexts
    ) -> M.Result {
        func example(_ place: StoredPlace, _ effect: Float, quantile: Float? = nil) -> PairExample {
            PairExample(
                context: Int(place.context), destination: Int(place.destination), source: Int(place.source),
                query_activation: place.queryActivation, key_activation: place.keyActivation,
                contribution: head.weight * place.queryActivation * place.keyActivation, effect: effect, quantile: quantile,
                destination_window: texts.window(place.context, about: place.destination, params.window),
                source_window: texts.window(place.context, about: place.source, params.window))
        }
        let places = Double(max(found.places, 1)), drawn = found.sample.count
        return M.Result(
            map: params.map, query_feature: params.query_feature, key_feature: params.key_feature, head: Int(head.head),
            places: found.places, share_at_BOS: Float(Double(found.atFirst) / places),
            heads: found.heads.map {
                PairHeadFigures(
                    head: Int($0.head), weight: $0.weight,
                    mean_contribution: Float(Double($0.weight) * found.productSum / places),
                    mean_effect: Float($0.effectSum / places), mean_absolute_effect: Float($0.effectMagnitude / places))
            },
            distances: found.distances.enumerated().map { bin, count in
                let distances = DistanceBins.distances(bin)
                return DistanceCount(
                    from: distances.lowerBound, to: distances.upperBound, count: count, share: Float(Double(count) / places))
            },
            destination_tokens: ExampleTexts.counts(found.destinationTokens, of: found.places, texts.model),
            source_tokens: ExampleTexts.counts(found.sourceTokens, of: found.places, texts.model),
            by_contribution: zip(found.strongest, head.effectsAtStrongest).prefix(params.limit).map { example($0, $1) },
            by_effect: head.byEffect.prefix(params.limit).map { example($0.place, $0.effect) },
            quantiles: ExampleTexts.ranks(of: drawn, limit: params.limit).map { rank in
                example(
                    found.sample[rank], head.effectsAtSample[rank], quantile: Float(drawn - rank) / Float(drawn + 1))
            }, collected: info)
    }
}
