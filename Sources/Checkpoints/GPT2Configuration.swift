private import JSON
public import Tensors

/// The architecture of a GPT-2, as its `config.json` states it.
public struct GPT2Configuration: Sendable, Hashable {
    /// The MLP's non-linearity.
    public enum Activation: String, Sendable, Hashable, CaseIterable {
        /// x/2 · (1 + tanh(√(2/π)(x + 0.044715x³))); also written `gelu_pytorch_tanh`.
        case gelu_new
        /// x/2 · (1 + erf(x/√2)).
        case gelu
        /// max(x, 0).
        case relu
    }

    /// Width of the residual stream (`n_embd`).
    public var d_model: Int
    /// Longest context (`n_positions`).
    public var n_ctx: Int
    /// Number of blocks (`n_layer`).
    public var n_layers: Int
    /// Number of attention heads per block (`n_head`).
    public var n_heads: Int
    /// Width of the MLP (`n_inner`; four times `d_model` if that is null).
    public var d_mlp: Int
    /// Number of tokens (`vocab_size`).
    public var d_vocab: Int
    /// The MLP's non-linearity (`activation_function`).
    public var activation: Activation
    /// Added to the variance in every LayerNorm.
    public var layer_norm_epsilon: Float
    /// Whether scores are divided by √d_head.
    public var scale_attn_weights: Bool
    /// Whether layer ℓ's scores are divided by ℓ + 1 as well.
    public var scale_attn_by_inverse_layer_idx: Bool
    /// Whether the unembedding is the embedding transposed.
    public var tie_word_embeddings: Bool
    /// The token at the start of a text; nil if the file names none, or one outside the vocabulary.
    public var bos_token_id: Int?

    /// Width of one head.
    public var d_head: Int { d_model / n_heads }

    /// The factor of q·k in a layer's scores.
    ///
    /// *Source:* `GPT2Attention.scaling` of transformers 5.23.
    public func attn_scale(_ layer: Int) -> Float {
        (scale_attn_weights ? 1 / Float(d_head).squareRoot() : 1) / (scale_attn_by_inverse_layer_idx ? Float(layer + 1) : 1)
    }
}

extension GPT2Configuration {
    /// The largest `config.json` that is read, in bytes; GPT-2's has 665.
    private static let fileLimit = 1 << 20

    /// Extents above this are refused, so that no product of two of them overflows.
    private static let extentLimit = 1 << 30

    /// Reads a `config.json`.
    ///
    /// Keys that a file leaves out have `GPT2Config`'s defaults. A key that is neither read here nor known to leave inference alone
    /// is refused, because it may change the arithmetic.
    ///
    /// - Throws: ``ConfigurationError``.
    /// *Source:* `configuration_gpt2.py` and `configuration_utils.py` of transformers 4.0 to 5.23.
    public init(contentsOf place: GuardedPath) throws(ConfigurationError) {
        let bytes: [UInt8], path = place.path
        do {
            bytes = try ReadableFile.contents(of: place, limit: GPT2Configuration.fileLimit)
        } catch {
            throw ConfigurationError(.file(error), path: path)
        }
        do {
            try self.init(parsing: bytes)
        } catch {
            throw ConfigurationError(error.reason, path: path)
        }
    }

    /// Reads the text of a `config.json`; see ``init(contentsOf:)``.
    ///
    /// - Throws: ``ConfigurationError``.
    public init(parsing bytes: [UInt8]) throws(ConfigurationError) {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw ConfigurationError(.syntax(error.description))
        }
        guard let object = json.object else { throw ConfigurationError(.syntax("it is of type \(json.typeName), not an object")) }
        var keys = ConfigurationKeys(object)
        try keys.require("model_type", .string("gpt2"), optional: false)
        try keys.requireNeutralValues()

        // The defaults are GPT2Config's.
        d_model = try keys.extent("n_embd", default: 768, limit: Self.extentLimit)
        n_ctx = try keys.extent("n_positions", default: 1024, limit: Self.extentLimit)
        n_layers = try keys.extent("n_layer", default: 12, limit: Self.extentLimit)
        n_heads = try keys.extent("n_head", default: 12, limit: Self.extentLimit)
        d_vocab = try keys.extent("vocab_size", default: 50257, limit: Self.extentLimit)
        d_mlp = try keys.extent("n_inner", default: 4 * d_model, limit: Self.extentLimit)
        try keys.require("n_ctx", .integer(n_ctx), optional: true)
        guard d_model % n_heads == 0 else { throw ConfigurationError(.indivisible(n_embd: d_model, n_head: n_heads)) }

        let name = try keys.text("activation_function", default: "gelu_new")
        guard let known = Activation(rawValue: name == "gelu_pytorch_tanh" ? "gelu_new" : name) else {
            let supported = "gelu_new, gelu_pytorch_tanh, gelu, relu"
            throw ConfigurationError(.unsupported(key: "activation_function", value: "\"\(name)\"", supported: supported))
        }
        activation = known
        layer_norm_epsilon = try keys.positive("layer_norm_epsilon", default: 1e-5)
        scale_attn_weights = try keys.flag("scale_attn_weights", default: true)
        scale_attn_by_inverse_layer_idx = try keys.flag("scale_attn_by_inverse_layer_idx", default: false)
        tie_word_embeddings = try keys.flag("tie_word_embeddings", default: true)
        let bos = try keys.token("bos_token_id", default: 50256)
        bos_token_id = bos.flatMap { $0 < d_vocab ? $0 : nil }
        try keys.refuseOthers()
    }
}
