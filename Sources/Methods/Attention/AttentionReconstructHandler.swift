import API
import Artifacts
import Attribution
import Dictionaries

/// `attention.reconstruct`: what a layer's patterns become when they are rebuilt from features, and what that costs the model.
struct AttentionReconstructHandler: MethodHandler {
    typealias M = AttentionReconstruct
    let dictionaries: DictionaryLibrary
    let prompts: PromptCache
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let (dictionary, map) = try await dictionaries.named(
            map: params.map, dictionary: params.dictionary, modelName: params.model)
        let heads = try dictionary.model.heads(params.heads)
        let prompt = try PreparedPrompt(params, model: dictionary.model)
        let T = prompt.tokens.count, layer = dictionary.info.layer
        if params.include_patterns { try checkSize(numbers: 4 * heads.count * T * T) }
        return try await compute.run {
            let found = try DictionaryEvaluation(
                dictionary.model.gpt2, layer: layer, dictionary.pair, map: map?.featureMap, contexts: prompt.tokens, T: T,
                heads: heads)
            let patterns = params.include_patterns ? try patterns(dictionary, map, prompt, heads) : nil
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: dictionary.model.name, layer: layer,
                dictionary: dictionary.info.dictionary, map: map?.info.map, CE: found.CE.map { Float($0) },
                CE_zero: found.CE_zero.map { Float($0) }, stages: found.wireStages, L0_query: Float(found.L0_query),
                L0_key: Float(found.L0_key), patterns: patterns)
        }
    }

    /// The patterns themselves, side by side.
    private func patterns(
        _ dictionary: LoadedDictionary, _ map: LoadedMap?, _ prompt: PreparedPrompt, _ heads: [Int]
    ) throws -> [M.HeadPatterns] {
        let look = try prompts.look(dictionary, tokens: prompt.tokens)
        let transcoders = look.pattern(.transcoders, map: nil), unmasked = look.pattern(.map, map: nil)
        let masked = map.map { look.pattern(.masked_map, map: $0.featureMap) }
        return heads.map { head in
            M.HeadPatterns(
                head: head, true: causalMatrix(look.pattern, head: head), transcoders: causalMatrix(transcoders, head: head),
                map: map == nil ? nil : causalMatrix(unmasked, head: head),
                masked_map: masked.map { causalMatrix($0, head: head) })
        }
    }
}
