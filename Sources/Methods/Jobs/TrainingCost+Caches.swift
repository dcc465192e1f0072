import API
import Artifacts
import Checkpoints
import GPT2
import Store

extension TrainingCost {
    /// The cost of `caches.create`; its disk is that of the finished cache and, while the job lives, of the tokens.
    init(_ params: CachesCreate.Params, _ plan: CachePlan, model: LoadedModel, contexts: Int, corpusBytes: Int) {
        let c = model.gpt2.configuration, B = params.batch_sequences
        tokens = contexts * plan.T
        steps = (contexts + B - 1) / B
        // Up to the end of the last layer that is needed; sites outside the blocks but the embeddings come after all.
        let last = plan.names.map { $0.layer ?? ($0 < ActivationName(.resid_pre, 0) ? 0 : c.n_layers - 1) }.max() ?? 0
        let forward = Self.flopsToKeys(model, layer: last + 1, context: plan.T)
        let unembedding = plan.names.contains { $0.site == .logits } ? Double(2 * c.d_model * c.d_vocab) : 0
        flops = (best: forward + unembedding, worst: forward + unembedding)
        let perToken = plan.widths.reduce(0, +)
        memory_bytes =
            Self.baseBytes + model.info.memory_bytes
            + B * plan.T * (2 * perToken + 10 * c.d_model + c.d_mlp + c.n_heads * plan.T) * Self.bytes
        disk_bytes = plan.shape().fileBytes(sequences: contexts)
    }
}
