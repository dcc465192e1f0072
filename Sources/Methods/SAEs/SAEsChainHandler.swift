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
        try prompt.checkTraceable()
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
            let looks = params.feature.map { chain.looks(into: $0, heads, source) } ?? chain.looks(heads, source)
            try chain.check(looks)
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: sae.model.name, sae: sae.info.sae,
                map: map.info.map, layer: sae.info.layer, destination: destination,
                destination_piece: prompt.pieces[destination], share: params.share, looks: chain.described(looks))
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

    /// Pairs of all looks together: those of 100 looks with 100 active features on either side.
    private static let mostPairs = 1_000_000

    /// A look, and the features that are told of it with what it gives to them.
    struct Look {
        let head: Int, source: Int
        let given: [(feature: Int, carried: Double)]
    }

    private var H: Int { sae.info.n_heads }

    /// Each head's look, with the features that it gives most to.
    func looks(_ heads: [Int], _ asked: Int?) -> [Look] {
        let active = sources.features.range(destination).map { Int(sources.features.indices[$0]) }
        return heads.map { head in
            let source = asked ?? look.strongestSource(head: head, destination: destination)
            let given = active.map {
                (feature: $0, carried: sources.attribution($0, destination: destination, source: source, head: head))
            }
            let strongest = given.sorted { abs($0.carried) > abs($1.carried) }.prefix(params.top_k)
            return Look(head: head, source: source, given: Array(strongest))
        }
    }

    /// The looks that give most to a feature.
    func looks(into feature: Int, _ heads: [Int], _ asked: Int?) -> [Look] {
        let shares = sources.attribution(feature, destination: destination)
        let all = (asked.map { $0...$0 } ?? 0...destination).flatMap { source in
            heads.map { Look(head: $0, source: source, given: [(feature, shares[source * H + $0])]) }
        }
        return Array(all.sorted { abs($0.given[0].carried) > abs($1.given[0].carried) }.prefix(params.top_k))
    }

    /// - Throws: A parameter error for more pairs than are taken apart in one call.
    func check(_ looks: [Look]) throws {
        let queries = look.query.range(destination).count,
            pairs = looks.reduce(0) { $0 + queries * look.key.range($1.source).count }
        guard pairs > Self.mostPairs else { return }
        throw ParameterError(
            looks.count > 1 ? "top_k" : "map",
            "\(looks.count) looks have \(pairs) active pairs; one call takes at most \(Self.mostPairs) apart: ask for one 'head', for fewer "
                + "looks, or by a map of a sparser dictionary")
    }

    /// What is told of the looks; those of one head share the way of its pattern.
    func described(_ looks: [Look]) -> [ChainLook] {
        var paths: [Int: PatternPath] = [:]
        return looks.map { one in
            if params.share == .pattern, paths[one.head] == nil {
                paths[one.head] = PatternPath(look, head: one.head, destination: destination)
            }
            let shares = PatternShares(
                look, map, head: one.head, destination: destination, source: one.source, along: paths[one.head])
            return described(one, shares)
        }
    }

    private func described(_ one: Look, _ shares: PatternShares) -> ChainLook {
        let surviving = shares.pairs.filter(\.survives), told = surviving.prefix(params.top_k)
        let others = surviving.dropFirst(params.top_k).reduce(0) { $0 + $1.share }
        let cut = shares.pairs.reduce(0) { $0 + ($1.survives ? 0 : $1.share) }
        let rest = others + cut + shares.bias + shares.error + shares.elsewhere + shares.uniform
        return ChainLook(
            head: one.head, source: one.source, source_piece: pieces[one.source], attn_score: Float(shares.score),
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
            features: one.given.map { feature, carried in
                ChainLook.Feature(
                    feature: feature, activation: sources.activation(feature, at: destination),
                    pre_activation: Float(sources.pre(feature, at: destination)), carried: Float(carried),
                    by_pairs: told.map { Float(carried * $0.share) }, by_rest: Float(carried * rest))
            })
    }
}
