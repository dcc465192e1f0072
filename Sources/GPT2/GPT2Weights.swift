/// The parameters of a GPT-2 in single precision, in the layout of Hugging Face's file.
///
/// Each weight of a linear map is [inputs, outputs] (`Conv1D`), so that rows of activations multiply it from the left as it is.
public struct GPT2Weights: Sendable {
    /// A LayerNorm's parameters.
    public struct LayerNorm: Sendable {
        /// [D] the gain.
        public let gain: [Float]
        /// [D] the bias.
        public let bias: [Float]
    }

    /// A linear map y = x·weight + bias.
    public struct Linear: Sendable {
        /// The matrix, [inputs, outputs].
        public let weight: [Float]
        /// The offset, [outputs].
        public let bias: [Float]
    }

    /// One block's parameters.
    public struct Block: Sendable {
        /// Before the attention.
        public let ln1: LayerNorm
        /// Queries, keys and values side by side: [D, 3·H·K] and [3·H·K].
        public let c_attn: Linear
        /// W_O and b_O: [H·K, D] and [D].
        public let c_proj: Linear
        /// Before the MLP.
        public let ln2: LayerNorm
        /// W_in and b_in: [D, M] and [M].
        public let c_fc: Linear
        /// W_out and b_out: [M, D] and [D].
        public let mlp_c_proj: Linear
    }

    /// [V, D] the token embedding.
    public let W_E: [Float]
    /// [n_ctx, D] the position embedding.
    public let W_pos: [Float]
    /// The blocks.
    public let blocks: [Block]
    /// Before the unembedding.
    public let ln_final: LayerNorm
    /// [V, D] the unembedding, transposed; the very storage of ``W_E`` if they are tied.
    public let W_U_transposed: [Float]
}
