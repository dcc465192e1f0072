package import Checkpoints
private import Tensors

extension GPT2Model {
    /// A model of random weights: of the same cost as a trained one of its shape, for measuring.
    ///
    /// - Parameters:
    ///   - configuration: Its shape; the unembedding is tied whatever it says.
    ///   - seed: What the weights follow from.
    package convenience init(random configuration: GPT2Configuration, seed: UInt64) {
        var generator = RandomGenerator(seed: seed)
        // Even on ±0.035, whose standard deviation is GPT-2's `initializer_range` of 0.02.
        let reach: Float = 0.035
        func matrix(_ rows: Int, _ columns: Int) -> [Float] {
            (0..<rows * columns).map { _ in (2 * generator.uniform() - 1) * reach }
        }
        let (D, M) = (configuration.d_model, configuration.d_mlp)
        func layerNorm() -> GPT2Weights.LayerNorm {
            .init(gain: Array(repeating: 1, count: D), bias: Array(repeating: 0, count: D))
        }
        func linear(_ inputs: Int, _ outputs: Int) -> GPT2Weights.Linear {
            .init(weight: matrix(inputs, outputs), bias: matrix(1, outputs))
        }
        let W_E = matrix(configuration.d_vocab, D)
        self.init(
            configuration,
            GPT2Weights(
                W_E: W_E, W_pos: matrix(configuration.n_ctx, D),
                blocks: (0..<configuration.n_layers).map { _ in
                    .init(
                        ln1: layerNorm(), c_attn: linear(D, 3 * D), c_proj: linear(D, D), ln2: layerNorm(), c_fc: linear(D, M),
                        mlp_c_proj: linear(M, D))
                }, ln_final: layerNorm(), W_U_transposed: W_E))
    }
}
