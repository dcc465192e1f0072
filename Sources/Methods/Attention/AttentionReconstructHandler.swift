import API
import Artifacts
import Attribution
import Dictionaries
import Tensors

/// `attention.reconstruct`: what a layer's patterns become when they are rebuilt from features, and what that costs the model.
struct AttentionReconstructHandler: MethodHandler {
    typealias M = AttentionReconstruct
    let dictionaries: DictionaryLibrary
    let prompts: PromptCache
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let output = try TensorOutput(params, rights: rights, in: call)
        let (dictionary, map) = try await dictionaries.named(
            map: params.map, dictionary: params.dictionary, modelName: params.model)
        let heads = try dictionary.model.heads(params.heads)
        let prompt = try PreparedPrompt(params, model: dictionary.model)
        let T = prompt.tokens.count, layer = dictionary.info.layer
        let includesPatterns = params.include_patterns || !output.isInReply, count = map == nil ? 2 : 4
        if includesPatterns { try output.check(numbers: count * heads.count * T * T, arrays: count) }
        return try await compute.run {
            let found = try DictionaryEvaluation(
                dictionary.model.gpt2, layer: layer, dictionary.pair, map: map?.featureMap, contexts: prompt.tokens, T: T,
                heads: heads)
            let patterns = includesPatterns ? try patterns(dictionary, map, prompt) : []
            let tensors =
                output.isInReply
                ? nil : try output.deliver(patterns.map { ($0.name, chosen($0.tensor, heads)) }, in: call)
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: dictionary.model.name, layer: layer,
                dictionary: dictionary.info.dictionary, map: map?.info.map, CE: found.CE.map { Float($0) },
                CE_zero: found.CE_zero.map { Float($0) }, stages: found.wireStages, L0_query: Float(found.L0_query),
                L0_key: Float(found.L0_key), patterns: output.isInReply && includesPatterns ? shown(patterns, heads) : nil,
                tensors: tensors)
        }
    }

    /// The patterns themselves, by the names of the stages.
    private func patterns(
        _ dictionary: LoadedDictionary, _ map: LoadedMap?, _ prompt: PreparedPrompt
    ) throws -> [(name: String, tensor: Tensor)] {
        let look = try prompts.look(dictionary, tokens: prompt.tokens)
        var patterns = [("true", look.pattern), ("transcoders", look.pattern(.transcoders, map: nil))]
        if let map {
            patterns += [("map", look.pattern(.map, map: nil)), ("masked_map", look.pattern(.masked_map, map: map.featureMap))]
        }
        return patterns.map { (name: $0.0, tensor: $0.1) }
    }

    /// The same head by head, as lists.
    private func shown(_ patterns: [(name: String, tensor: Tensor)], _ heads: [Int]) -> [M.HeadPatterns] {
        heads.map { head in
            let shown = patterns.map { causalMatrix($0.tensor, head: head) }
            return M.HeadPatterns(
                head: head, true: shown[0], transcoders: shown[1], map: shown.count > 2 ? shown[2] : nil,
                masked_map: shown.count > 2 ? shown[3] : nil)
        }
    }
}
