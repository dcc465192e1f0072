import Tensors
import JSON
import API
import Artifacts
import Attribution
import Dictionaries

/// `attention.explain`: why heads look from one position at another.
struct AttentionExplainHandler: MethodHandler {
    typealias M = AttentionExplain
    let dictionaries: DictionaryLibrary
    let prompts: PromptCache
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let (dictionary, map) = try await dictionaries.named(
            map: params.map, dictionary: params.dictionary, modelName: params.model)
        let layer = dictionary.info.layer
        if let asked = params.layer, asked != layer {
            throw APIError(
                .layerOutOfRange, "dictionary \(dictionary.info.dictionary) is of layer \(layer), not \(asked)",
                facts: ["layer": .integer(asked), "dictionary_layer": .integer(layer)])
        }
        let heads = try dictionary.model.heads(params.head.map { [$0] })
        let prompt = try PreparedPrompt(params, model: dictionary.model)
        let destination = try prompt.position(params.destination, name: "destination")
        let source = try params.source.map { try prompt.position($0, name: "source") }
        if let source, source > destination {
            throw APIError(
                .positionOutOfRange, "source \(source) comes after destination \(destination); a head looks back only",
                facts: ["source": .integer(source), "destination": .integer(destination)])
        }
        return try await compute.run {
            let look = try prompts.look(dictionary, tokens: prompt.tokens)
            let masked = map.map { look.pattern(.masked_map, map: $0.featureMap) }
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: dictionary.model.name,
                dictionary: dictionary.info.dictionary, map: map?.info.map, layer: layer, destination: destination,
                destination_piece: prompt.pieces[destination],
                heads: heads.map { head in
                    let source = source ?? look.strongestSource(head: head, destination: destination)
                    let place = (head * look.T + destination) * look.T + source
                    return explanation(
                        look, map, head: head, destination: destination, source: source, sourcePiece: prompt.pieces[source],
                        masked: masked?.values[place], count: params.top_k)
                })
        }
    }

    private func explanation(
        _ look: AttentionLook, _ map: LoadedMap?, head: Int, destination: Int, source: Int, sourcePiece: String, masked: Float?,
        count: Int
    ) -> HeadExplanation {
        let found = look.decomposition(head: head, destination: destination, source: source)
        let magnitude = max(found.magnitude, .leastNormalMagnitude)
        let survives = { (pair: ScoreDecomposition.Pair) in
            map.map { $0.featureMap.survives(query: pair.query, key: pair.key, head: head) }
        }
        let strongest = found.pairs.sorted { abs($0.contribution) > abs($1.contribution) }.prefix(count)
        let surviving = map.map { _ in found.pairs.filter { survives($0) == true } }
        return HeadExplanation(
            head: head, source: source, source_piece: sourcePiece, attn_score: Float(found.score),
            pattern: look.pattern.values[(head * look.T + destination) * look.T + source], pattern_masked_map: masked,
            pairs: strongest.map { pair in
                PairPart(
                    query_feature: Int(pair.query), key_feature: Int(pair.key), query_activation: pair.queryActivation,
                    key_activation: pair.keyActivation, contribution: Float(pair.contribution),
                    share: Float(abs(pair.contribution) / magnitude), survives: survives(pair),
                    pattern_effect: Float(look.effect(of: pair, head: head, destination: destination, source: source)))
            },
            parts: found.blocks.map {
                ScorePart(part: $0.name, value: Float($0.value), is_softmax_irrelevant: $0.isSoftmaxIrrelevant)
            },
            feature_pairs: found.pairs.count, feature_pairs_sum: Float(found.pairs.reduce(0) { $0 + $1.contribution }),
            surviving_pairs: surviving?.count,
            surviving_pairs_sum: surviving.map { Float($0.reduce(0) { $0 + $1.contribution }) },
            query_features: marginals(found.queryFeatures, count), key_features: marginals(found.keyFeatures, count),
            bias_share: Float(found.biasShare), error_share: Float(found.errorShare), identity_residual: Float(found.residual))
    }

    private func marginals(_ features: [ScoreDecomposition.Marginal], _ count: Int) -> [FeatureMarginal] {
        features.sorted { abs($0.contribution) > abs($1.contribution) }.prefix(count).map {
            FeatureMarginal(feature: Int($0.feature), activation: $0.activation, contribution: Float($0.contribution))
        }
    }
}

extension ScoreDecomposition.Block {
    /// The block's name on the wire.
    fileprivate var name: ScorePart.Name {
        switch (query, key) {
        case (.feature, .feature): .feature_feature
        case (.feature, .bias): .feature_bias
        case (.feature, .error): .feature_error
        case (.bias, .feature): .bias_feature
        case (.bias, .bias): .bias_bias
        case (.bias, .error): .bias_error
        case (.error, .feature): .error_feature
        case (.error, .bias): .error_bias
        case (.error, .error): .error_error
        }
    }
}
