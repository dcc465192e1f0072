import API
import Artifacts
import Attribution
import Checkpoints
import GPT2

extension TrainingCost {
    /// The cost of `examples.collect`.
    init(_ params: ExamplesCollect.Params, map: MapInfo, dictionary: LoadedDictionary, context T: Int, contexts: Int) {
        let c = dictionary.model.gpt2.configuration, info = dictionary.info, D = c.d_model
        let F = info.d_sae_query + info.d_sae_key
        let entries = min(params.entries ?? .max, map.surviving_entries), pairs = min(entries, map.surviving_pairs)
        let limits = ExampleLimits(examples: params.examples, sample: params.examples)
        tokens = contexts * T
        steps = contexts
        let forward = Self.flopsToKeys(dictionary.model, layer: info.layer, context: T) + Double(2 * (F + T) * D)
        // Each causal pair of tokens meets at most L0 × L0 pairs, each of them in some heads; an exponential counts as ten operations.
        let L0 = info.L0, headsPerPair = Double(entries) / Double(max(pairs, 1))
        flops = (best: forward, worst: forward + Double(T) / 2 * L0.query * L0.key * (20 + 20 * headsPerPair))
        memory_bytes =
            Self.baseBytes + dictionary.model.info.memory_bytes + (4 * F * D + 2 * entries) * Self.bytes
            + ExampleWalk.bytes(pairs: pairs, entries: entries, features: F, T: T, limits: limits)
        // Records take about what they do in memory, and part of a page besides; contexts two bytes a token.
        disk_bytes =
            ExampleWalk.bytes(pairs: pairs, entries: entries, features: F, T: T, limits: limits) * 3 / 2 + 2 * tokens
    }
}
