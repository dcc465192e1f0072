import Dictionaries
import API
import Artifacts
import Attribution
import Tokenizer

/// `features.examples`: what features fire on, computed from a text on the spot.
struct FeaturesExamplesHandler: MethodHandler {
    typealias M = FeaturesExamples
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let compute: Compute

    /// Tokens listed of each feature.
    private static let topTokens = 5

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let dictionary = try await dictionaries.dictionary(params.dictionary)
        for feature in params.features { try dictionary.check(feature: feature, side: params.side) }
        let named = dictionary.info.corpus(unless: params.corpus, field: params.text_field)
        let corpus = try Corpus(
            named.corpus, field: named.field, for: dictionary.model, embeddedDirectory: models.embedded.path)
        let T = dictionary.info.context
        let shown = try await compute.run {
            let contexts = try corpus.contexts(dictionary.model, T: T, limit: params.contexts)
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
            })
    }
}
