import Dictionaries
import API
import Artifacts
import Attribution
import JSON
import Store
import Tokenizer

/// `features.examples`: what features fire on, from collected examples or computed from a text on the spot.
struct FeaturesExamplesHandler: MethodHandler {
    typealias M = FeaturesExamples
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    /// Tokens listed of each feature.
    private static let topTokens = 5
    /// Contexts read on the spot unless more are asked for: a second or so of a small model.
    private static let contexts = 64

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let dictionary = try await dictionaries.dictionary(params.dictionary)
        for feature in params.features { try dictionary.check(feature: feature, side: params.side) }
        if let collected = try collected(params) { return try stored(params, collected, dictionary) }
        let named = dictionary.info.corpus(unless: params.corpus, field: params.text_field)
        let corpus = try Corpus(
            named.corpus, field: named.field, for: dictionary.model, embeddedDirectory: models.embedded.path,
            access: rights.access(of: call))
        let T = dictionary.info.context
        let shown = try await compute.run {
            let contexts = try corpus.contexts(dictionary.model, T: T, limit: params.contexts ?? Self.contexts)
            let transcoder = params.side == .query ? dictionary.pair.query : dictionary.pair.key
            let found = try FeatureActivations.collect(
                Array(Set(params.features)), of: transcoder, dictionary.model.gpt2, layer: dictionary.info.layer,
                tokens: contexts.tokens(), T: T, limit: params.limit)
            // A feature that is asked for twice is answered twice.
            let byFeature = Dictionary(uniqueKeysWithValues: found.map { ($0.feature, $0) })
            return try params.features.compactMap { byFeature[$0] }
                .map { try examples($0, dictionary.model, contexts, window: params.window) }
        }
        return M.Result(dictionary: params.dictionary, side: params.side, features: shown)
    }

    /// The map whose collected examples answer the call; nil if a text is to be read.
    private func collected(_ params: M.Params) throws -> String? {
        if let map = params.map {
            let info = try dictionaries.maps.info(map)
            guard info.dictionary == params.dictionary else {
                throw APIError(
                    .mapDictionaryMismatch, "map \(map) belongs to dictionary \(info.dictionary), not to \(params.dictionary)",
                    facts: ["map": .string(map), "dictionary": .string(info.dictionary)])
            }
            if readsText(params) {
                throw ParameterError(
                    "map", "give a map, whose examples were collected, or a corpus or contexts to read; not both")
            }
            return map
        }
        if readsText(params) { return nil }
        return try dictionaries.examples.newest(ofDictionary: params.dictionary)?.map
    }

    private func readsText(_ params: M.Params) -> Bool {
        params.corpus != nil || params.contexts != nil || params.text_field != nil
    }

    private func stored(_ params: M.Params, _ map: String, _ dictionary: LoadedDictionary) throws -> M.Result {
        try dictionaries.examples.read(map) { info, reader in
            let collection = UInt32(truncatingIfNeeded: info.collection)
            let shown = try params.features.map { feature in
                let found = try reader.featureExamples(
                    collection: collection, side: params.side == .query ? .query : .key, feature: UInt32(feature))
                guard let found else {
                    return FeatureExamples(
                        feature: feature, density: 0, max_activation: 0, mean_activation: 0, top_tokens: [], examples: [],
                        quantiles: [])
                }
                let places = (found.strongest + found.sample).map(\.context)
                let texts = try ExampleTexts(places, collection: collection, model: dictionary.model, reader)
                return FeatureExamples(
                    feature: feature, density: Float(Double(found.active) / Double(max(info.tokens, 1))),
                    max_activation: found.strongest.first?.activation ?? 0,
                    mean_activation: Float(found.sum / Double(max(found.active, 1))),
                    top_tokens: ExampleTexts.counts(found.tokens, of: found.active, dictionary.model),
                    examples: found.strongest.prefix(params.limit).map { texts.example($0, window: params.window) },
                    quantiles: ExampleTexts.ranks(of: found.sample.count, limit: params.limit).map {
                        texts.example(found.sample[$0], window: params.window)
                    },
                    histogram: found.histogram.map {
                        ActivationBins(width: ActivationHistogram.width($0.exponent), counts: $0.counts)
                    })
            }
            return M.Result(dictionary: params.dictionary, side: params.side, features: shown, collected: info)
        }
    }

    private func examples(
        _ found: FeatureActivations, _ model: LoadedModel, _ contexts: Contexts, window: Int
    ) throws -> FeatureExamples {
        let tokens = found.countByToken.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(Self.topTokens)
        return FeatureExamples(
            feature: found.feature, density: Float(found.density), max_activation: found.strongest.first?.activation ?? 0,
            mean_activation: Float(found.meanActivation),
            top_tokens: tokens.map {
                TokenCount(piece: model.piece($0.key), count: $0.value, share: Float($0.value) / Float(max(found.active, 1)))
            },
            examples: try found.strongest.map { place in
                let context = try contexts.context(place.context), at = place.position
                return FeatureExample(
                    activation: place.activation, token: Int(context[at]), piece: model.piece(context[at]),
                    context: place.context,
                    position: at, before: context[max(0, at - window)..<at].map(model.piece),
                    after: context[(at + 1)..<min(context.count, at + 1 + window)].map(model.piece))
            }, histogram: ActivationBins(width: found.histogram.width, counts: found.histogram.counts))
    }
}
