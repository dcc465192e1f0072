import API
import Artifacts
import Checkpoints
import GPT2

extension TrainingCost {
    /// The cost of `traces.create`.
    init(_ params: TracesCreate.Params, _ prompts: [TracedPrompt], model: LoadedModel) {
        let c = model.gpt2.configuration, T = prompts.map(\.tokens.count).max() ?? 1
        tokens = prompts.reduce(0) { $0 + $1.tokens.count }
        steps = prompts.count
        let forward = Self.flopsToKeys(model, layer: c.n_layers, context: T)
        // At least the roots are taken apart, at most every node; each side by one direction, or by as many as the map has.
        let directions = params.options.mode == .softmax_greedy ? c.d_head : 1
        let perLook = Double(2 * directions * c.n_layers * (2 * c.d_model * c.d_model + 20 * c.n_heads * T)) / Double(T)
        flops = (
            best: forward + Double(params.roots?.count ?? 1) * perLook,
            worst: forward + Double(params.options.max_nodes) * perLook
        )
        let decompositions = 2 * c.n_layers * c.n_heads * (c.d_model + 1) * 2 * c.d_head
        let pass = c.n_layers * T * (5 * c.d_model + 2 * c.n_heads * T)
        let products = c.n_layers * c.n_heads * T * max(128, 2 * directions)
        memory_bytes = Self.baseBytes + model.info.memory_bytes + (decompositions + pass + products) * Self.bytes
        // A node is about 300 bytes of text, a link 70; most graphs have as many nodes as they may, and four links for each.
        disk_bytes = prompts.count * params.options.max_nodes * (300 + 4 * 70)
    }
}
