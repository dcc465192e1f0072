internal import Checkpoints
public import GPT2
internal import Tensors

/// One prompt's forward pass, kept part by part: everything that a trace asks of the model.
///
/// Memory: 8·T·(D + H·T) bytes and a little more for each layer.
public struct PromptPass: Sendable {
    /// What one block did.
    struct Layer: Sendable {
        /// [T, D] the normalised stream that its attention read, before gain and bias.
        let x: [Float]
        /// [T] σ of that LayerNorm.
        let sigma: [Float]
        /// [H, T, T] scaled scores, and the pattern.
        let scores: [Float], pattern: [Float]
        /// [T, H, K] values, bias included.
        let v: [Float]
        /// [T, D] the MLP's output, bias included.
        let mlp_out: [Float]
    }

    /// The most tokens that a trace reads: the patterns of GPT-2 small's 144 heads at 256 tokens are 38 MB.
    public static let mostTokens = 256

    /// The model.
    public let model: GPT2Model
    /// [T] the prompt.
    public let tokens: [Int32]
    /// [T, D] each.
    let embedding: [Float], position: [Float]
    let layers: [Layer]
    /// [T] σ of the last LayerNorm.
    let finalSigma: [Float]

    /// The number of tokens.
    public var T: Int { tokens.count }
    var D: Int { model.configuration.d_model }
    var H: Int { model.configuration.n_heads }
    var K: Int { model.configuration.d_head }

    /// Runs the model over a prompt.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - tokens: [T], at most ``mostTokens``.
    /// - Throws: ``GPT2Error``.
    public init(_ model: GPT2Model, tokens: [Int32]) throws {
        precondition(tokens.count <= Self.mostTokens, "\(tokens.count) tokens; a trace reads \(Self.mostTokens) at most")
        let sites: [ActivationName.Site] = [.ln1_x, .ln1_scale, .attn_scores, .pattern, .v, .mlp_out]
        var wanted: Set<ActivationName> = [.init(.embed), .init(.pos_embed), .init(.ln_final_scale)]
        for layer in 0..<model.configuration.n_layers { wanted.formUnion(sites.map { ActivationName($0, layer) }) }
        let found = try model.forward(TokenBatch(tokens), capture: wanted)
        self.model = model
        self.tokens = tokens
        embedding = found[.embed].values
        position = found[.pos_embed].values
        finalSigma = found[.ln_final_scale].values
        layers = (0..<model.configuration.n_layers).map { layer in
            Layer(
                x: found[.ln1_x, layer].values, sigma: found[.ln1_scale, layer].values,
                scores: found[.attn_scores, layer].values, pattern: found[.pattern, layer].values, v: found[.v, layer].values,
                mlp_out: found[.mlp_out, layer].values)
        }
    }

    /// What a head attends to a source from a destination.
    public func attention(layer: Int, head: Int, destination: Int, source: Int) -> Float {
        layers[layer].pattern[(head * T + destination) * T + source]
    }

    /// The scaled score of a source at a destination.
    public func score(layer: Int, head: Int, destination: Int, source: Int) -> Float {
        layers[layer].scores[(head * T + destination) * T + source]
    }

    /// The source that a head attends to most from a destination.
    public func strongestSource(layer: Int, head: Int, destination: Int) -> Int {
        (0...destination).max {
            attention(layer: layer, head: head, destination: destination, source: $0)
                < attention(layer: layer, head: head, destination: destination, source: $1)
        } ?? destination
    }
}
