import API
import Artifacts
import Attribution
import Dictionaries
import GPT2
import JSON
import Tensors

/// `saes.chain`.
struct SAEsChainHandler: MethodHandler {
    typealias M = SAEsChain
    let saes: SAELibrary
    let dictionaries: DictionaryLibrary
    let prompts: PromptCache
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let sae = try await saes.autoencoder(params.sae, of: .z, modelName: params.model)
        let (dictionary, named) = try await dictionaries.named(
            map: params.map, dictionary: nil, modelName: params.model ?? sae.model.name)
        guard let map = named, map.info.layer == sae.info.layer else {
            throw APIError(
                .saeUnsuited,
                "map \(params.map) is of layer \(dictionary.info.layer), but sparse autoencoder \(sae.info.sae) is of layer "
                    + "\(sae.info.layer)",
                facts: ["map": .string(params.map), "sae": .string(sae.info.sae), "layer": .integer(sae.info.layer)])
        }
        if let feature = params.feature { try sae.check(feature: feature) }
        let heads = try sae.model.heads(params.head.map { [$0] }), prompt = try PreparedPrompt(params, model: sae.model)
        let destination = try prompt.position(params.destination, name: "destination")
        let source = try params.source.map { try prompt.position($0, name: "source") }
        if let source, source > destination {
            throw APIError(
                .positionOutOfRange, "source \(source) comes after destination \(destination); a head looks back only",
                facts: ["source": .integer(source), "destination": .integer(destination)])
        }
        return try await compute.run {
            let chain = Chain(
                look: try prompts.look(dictionary, tokens: prompt.tokens),
                sources: try FeatureSources(sae.model.gpt2, layer: sae.info.layer, sae.weights, tokens: prompt.tokens),
                map: map.featureMap, sae: sae, pieces: prompt.pieces, destination: destination, params: params)
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: sae.model.name, sae: sae.info.sae,
                map: map.info.map, layer: sae.info.layer, destination: destination,
                destination_piece: prompt.pieces[destination], share: params.share,
                looks: params.feature.map { chain.looks(into: $0, heads, source) } ?? chain.looks(heads, source))
        }
    }
}

/// A prompt's looks from one destination, and the features there.
private struct Chain {
    let look: AttentionLook
    let sources: FeatureSources
    let map: FeatureMap
    let sae: LoadedSAE
    let pieces: [String]
    let destination: Int
    let params: SAEsChain.Params

    private var H: Int { sae.info.n_heads }

    /// Each head's look, with the features that it gives most to.
    func looks(_ heads: [Int], _ asked: Int?) -> [ChainLook] {
        let active = sources.features.range(destination).map { Int(sources.features.indices[$0]) }
        let given = active.map { (feature: $0, shares: sources.attribution($0, destination: destination)) }
        return heads.map { head in
            let source = asked ?? look.strongestSource(head: head, destination: destination), place = source * H + head
            let strongest = given.sorted { abs($0.shares[place]) > abs($1.shares[place]) }.prefix(params.top_k)
            return described(head, source, strongest.map { ($0.feature, $0.shares[place]) })
        }
    }

    /// The looks that give most to a feature.
    func looks(into feature: Int, _ heads: [Int], _ asked: Int?) -> [ChainLook] {
        let shares = sources.attribution(feature, destination: destination)
        let all = (asked.map { $0...$0 } ?? 0...destination).flatMap { source in heads.map { (head: $0, source: source) } }
        func carried(_ look: (head: Int, source: Int)) -> Double { shares[look.source * H + look.head] }
        return all.sorted { abs(carried($0)) > abs(carried($1)) }.prefix(params.top_k).map {
            described($0.head, $0.source, [(feature, carried($0))])
        }
    }

    private func described(_ head: Int, _ source: Int, _ given: [(feature: Int, carried: Double)]) -> ChainLook {
        let measure: PatternShares.Measure = params.share == .score ? .score : .pattern
        let shares = PatternShares(look, map, head: head, destination: destination, source: source, by: measure)
        let surviving = shares.pairs.filter(\.survives), told = surviving.prefix(params.top_k)
        let cut = shares.pairs.filter { !$0.survives }.reduce(0) { $0 + $1.share }
        return ChainLook(
            head: head, source: source, source_piece: pieces[source], attn_score: Float(shares.score),
            pattern: Float(shares.attention), surviving_pairs: surviving.count,
            pairs: told.map {
                ChainLook.Pair(
                    query_feature: Int($0.pair.query), key_feature: Int($0.pair.key), contribution: Float($0.pair.contribution),
                    share: Float($0.share))
            },
            shares: ChainLook.Shares(
                surviving: Float(surviving.reduce(0) { $0 + $1.share }), cut: Float(cut), bias: Float(shares.bias),
                error: Float(shares.error), elsewhere: Float(shares.elsewhere), uniform: Float(shares.uniform)),
            share_residual: Float(shares.residual),
            features: given.map { feature, carried in
                let byPairs = told.map { carried * $0.share }
                return ChainLook.Feature(
                    feature: feature, activation: sources.activation(feature, at: destination),
                    pre_activation: Float(sources.pre(feature, at: destination)), carried: Float(carried),
                    by_pairs: byPairs.map { Float($0) }, by_rest: Float(carried - byPairs.reduce(0, +)))
            })
    }
}
