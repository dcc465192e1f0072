private import Checkpoints
private import Tensors

extension GPT2Model {
    /// Sixteen hexadecimal digits that name these weights and their configuration; what a dictionary remembers of its model.
    ///
    /// - Complexity: one pass over the weights.
    public func fingerprint() -> String {
        var print = Fingerprint()
        let c = configuration
        for size in [c.n_layers, c.n_heads, c.d_model, c.d_mlp, c.d_vocab, c.n_ctx] { print.update(size) }
        print.update(c.scale_attn_weights ? 1 : 0)
        print.update(c.scale_attn_by_inverse_layer_idx ? 1 : 0)
        print.update(Int(c.layer_norm_epsilon.bitPattern))
        for byte in c.activation.rawValue.utf8 { print.update(Int(byte)) }
        func update(_ values: [Float]) { print.update(values.span) }
        func update(_ layerNorm: GPT2Weights.LayerNorm) {
            update(layerNorm.gain)
            update(layerNorm.bias)
        }
        func update(_ linear: GPT2Weights.Linear) {
            update(linear.weight)
            update(linear.bias)
        }
        update(weights.W_E)
        update(weights.W_pos)
        for block in weights.blocks {
            update(block.ln1)
            update(block.c_attn)
            update(block.c_proj)
            update(block.ln2)
            update(block.c_fc)
            update(block.mlp_c_proj)
        }
        update(weights.ln_final)
        if !c.tie_word_embeddings { update(weights.W_U_transposed) }
        return print.text
    }
}
