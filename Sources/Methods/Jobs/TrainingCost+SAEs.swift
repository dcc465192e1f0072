import API
import Artifacts
import Checkpoints
import GPT2

extension TrainingCost {
    /// The cost of `saes.train`.
    init(_ params: SAEsTrain.Params, model: LoadedModel, context T: Int, corpusBytes: Int) {
        let c = model.gpt2.configuration, D = params.site.width(in: model.gpt2), F = params.d_sae ?? 1
        let layers = params.layers.count, sequences = params.batch_sequences ?? 1, steps = params.steps ?? 1
        let tokensPerStep = sequences * T, parameters = 2 * F * D + F + D
        tokens = steps * tokensPerStep
        self.steps = steps
        let forward =
            params.cache == nil ? Self.flopsToKeys(model, layer: (params.layers.max() ?? 0) + 1, context: T) : 0
        // At best the encoder alone is dense; at worst all five products are. Adam reads and writes every row once a step.
        let products = Double(2 * layers * F * D)
        flops = (best: forward + products, worst: forward + 5 * products)
        // Steps with every activation hold f and its gradient for 1024 tokens, and the gradient of the weights.
        let dense =
            params.activation == .relu || params.activation == .jumprelu ? 2 * min(tokensPerStep, 1024) * F + parameters : 0
        let shuffled = 2 * (params.shuffle_steps ?? 1) * tokensPerStep * D
        memory_bytes =
            Self.baseBytes + model.info.memory_bytes
            + (layers * (2 * parameters + shuffled) + dense + tokensPerStep * (6 * D + 256) + min(2048, tokensPerStep) * 12
                * c.d_model)
            * Self.bytes
        // A checkpoint holds weights and moments; while the third is written, two are there.
        disk_bytes = layers * 7 * parameters * Self.bytes + corpusBytes / 2
    }

    /// The cost of `saes.evaluate`: a pass of the model, and two from the layer on, with the unembedding.
    init(_ params: SAEsEvaluate.Params, _ info: SAEInfo, model: LoadedModel) {
        let c = model.gpt2.configuration, T = info.context
        tokens = params.contexts * T
        steps = params.contexts
        let unembedding = Double(2 * c.d_vocab * c.d_model), whole = Self.flopsToKeys(model, layer: c.n_layers, context: T)
        let rest = Self.flopsToKeys(model, layer: c.n_layers - info.layer, context: T)
        let encoder = Double(2 * info.d_sae * info.d_in)
        flops = (best: whole + 2 * rest + 4 * unembedding + encoder, worst: whole + 2 * rest + 4 * unembedding + encoder)
        memory_bytes =
            Self.baseBytes + model.info.memory_bytes
            + (2 * info.d_sae * info.d_in + 8 * T * (12 * c.d_model + c.d_mlp) + 128 * c.d_vocab) * Self.bytes
        disk_bytes = 1 << 16
    }
}
