import API
import Artifacts
import Attribution
import Dictionaries

/// `features.get`: products of the features' weights with the embeddings.
struct FeaturesGetHandler: MethodHandler {
    typealias M = FeaturesGet
    let dictionaries: DictionaryLibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let dictionary = try await dictionaries.dictionary(params.dictionary)
        for feature in params.features { try dictionary.check(feature: feature, side: params.side) }
        let transcoder = params.side == .query ? dictionary.pair.query : dictionary.pair.key
        let model = dictionary.model, layer = dictionary.info.layer
        let found = try await compute.run {
            var found: [FeatureWeights] = []
            let readings = FeatureReadings(model.gpt2, layer: layer, transcoder, isQuerySide: params.side == .query)
            try readings.forEach(params.features) { feature in
                found.append(Self.weights(feature, of: transcoder, model, count: params.limit))
            }
            return found
        }
        return M.Result(dictionary: params.dictionary, layer: layer, side: params.side, features: found)
    }

    private static func weights(
        _ found: FeatureReadings.Feature, of transcoder: Transcoder, _ model: LoadedModel, count: Int
    ) -> FeatureWeights {
        func named(_ values: [Float], _ outranks: (Float, Float) -> Bool) -> [TokenValue] {
            strongest(values, count, by: outranks).map {
                TokenValue(token: $0.token, piece: model.piece(Int32($0.token)), value: $0.value)
            }
        }
        var threshold: Float?
        if case .threshold(let values) = transcoder.gate { threshold = values[found.feature] }
        return FeatureWeights(
            feature: found.feature, b_enc: transcoder.b_enc[found.feature], threshold: threshold,
            encoder_norm: found.encoderNorm, decoder_norm: found.decoderNorm, head_norms: found.headNorms,
            raised: named(found.preActivations, >), lowered: named(found.preActivations, <),
            attracts: FeatureWeights.Attraction(
                head: found.head, raised: named(found.attractions, >), lowered: named(found.attractions, <)),
            promotes: named(found.promotions, >), demotes: named(found.promotions, <))
    }

    /// The values that outrank all others, the first first; of equal ones the first token.
    ///
    /// Nearly every value is passed over at once.
    private static func strongest(
        _ values: [Float], _ count: Int, by outranks: (Float, Float) -> Bool
    ) -> [(token: Int, value: Float)] {
        var kept: [(token: Int, value: Float)] = []
        for (token, value) in values.enumerated() {
            if kept.count == count, !outranks(value, kept[count - 1].value) { continue }
            kept.insert((token, value), at: kept.firstIndex { outranks(value, $0.value) } ?? kept.endIndex)
            if kept.count > count { kept.removeLast() }
        }
        return kept
    }
}
