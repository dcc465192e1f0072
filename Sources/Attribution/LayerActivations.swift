package import Checkpoints
public import GPT2
public import Tensors

/// What one layer's attention does with one prompt: everything that questions about it begin from.
public struct LayerActivations: Sendable {
    /// The layer.
    public let layer: Int
    /// What scores are multiplied by.
    public let attn_scale: Float
    /// The number of tokens.
    public let T: Int
    /// [T, D] the normalised residual before gain and bias.
    public let x: Tensor
    /// [T, H, K] the model's own.
    public let q: Tensor, k: Tensor
    /// [H, T, T] the model's own, scaled.
    public let attn_scores: Tensor
    /// [H, T, T] the model's own.
    public let pattern: Tensor

    /// Runs the model up to the layer's pattern.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The layer.
    ///   - tokens: [T].
    /// - Throws: ``GPT2Error``.
    public init(_ model: GPT2Model, layer: Int, tokens: [Int32]) throws {
        self.init(
            try model.forward(TokenBatch(tokens), capture: Set(Self.names(layer))), model.configuration, layer, T: tokens.count)
    }

    /// Those of several layers, from one pass.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layers: The layers, in whose order the result is.
    ///   - tokens: [T].
    /// - Throws: ``GPT2Error``.
    public static func of(_ model: GPT2Model, layers: [Int], tokens: [Int32]) throws -> [LayerActivations] {
        let found = try model.forward(TokenBatch(tokens), capture: Set(layers.flatMap(names)))
        return layers.map { LayerActivations(found, model.configuration, $0, T: tokens.count) }
    }

    /// What a pass has to capture for them.
    package static func names(_ layer: Int) -> [ActivationName] {
        [.ln1_x, .q, .k, .attn_scores, .pattern].map { ActivationName($0, layer) }
    }

    /// One layer's, of a pass over one prompt that captured ``names(_:)``.
    ///
    /// - Parameters:
    ///   - activations: What the pass returned.
    ///   - c: The model's.
    ///   - layer: The layer.
    ///   - T: The number of tokens.
    package init(_ activations: Activations, _ c: GPT2Configuration, _ layer: Int, T: Int) {
        (self.layer, attn_scale, self.T) = (layer, c.attn_scale(layer), T)
        x = Tensor([T, c.d_model], activations[.ln1_x, layer].values)
        q = Tensor([T, c.n_heads, c.d_head], activations[.q, layer].values)
        k = Tensor([T, c.n_heads, c.d_head], activations[.k, layer].values)
        attn_scores = Tensor([c.n_heads, T, T], activations[.attn_scores, layer].values)
        pattern = Tensor([c.n_heads, T, T], activations[.pattern, layer].values)
    }

    /// What they take in memory.
    public var bytes: Int {
        [x, q, k, attn_scores, pattern].reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride
    }
}
