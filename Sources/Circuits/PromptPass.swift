internal import Attribution
internal import Checkpoints
public import GPT2
internal import Tensors

/// One prompt's forward pass, kept part by part: everything that a trace asks of the model.
///
/// Memory: about 8·T·(3·D + H·T) bytes for each layer.
public struct PromptPass: Sendable {
    /// What one block did.
    struct Layer: Sendable {
        /// What its heads read, and how they looked.
        let attention: LayerActivations
        /// [T] σ of the LayerNorm before it.
        let sigma: [Float]
        /// [T, H, K] values, bias included.
        let v: [Float]
        /// [T, D] the MLP's output, bias included.
        let mlp_out: [Float]
    }

    /// The most tokens that a trace reads: scores and patterns of GPT-2 small's 144 heads at 256 tokens are 76 MB.
    public static let mostTokens = 256

    /// The model.
    public let model: GPT2Model
    /// [T] the prompt.
    public let tokens: [Int32]
    /// [T, D] each.
    let embedding: [Float], position: [Float]
    let layers: [Layer]
    /// [T] σ of the last LayerNorm, and [T, D] what it normalises.
    let finalSigma: [Float], finalX: [Float]

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
        let c = model.configuration
        var wanted: Set<ActivationName> = [.init(.embed), .init(.pos_embed), .init(.ln_final_scale), .init(.ln_final_x)]
        for layer in 0..<c.n_layers {
            wanted.formUnion(LayerActivations.names(layer) + [.ln1_scale, .v, .mlp_out].map { ActivationName($0, layer) })
        }
        let found = try model.forward(TokenBatch(tokens), capture: wanted)
        (self.model, self.tokens) = (model, tokens)
        embedding = found[.embed].values
        position = found[.pos_embed].values
        finalSigma = found[.ln_final_scale].values
        finalX = found[.ln_final_x].values
        layers = (0..<c.n_layers).map { layer in
            Layer(
                attention: LayerActivations(found, c, layer, T: tokens.count), sigma: found[.ln1_scale, layer].values,
                v: found[.v, layer].values, mlp_out: found[.mlp_out, layer].values)
        }
    }

    /// What a head gives a source.
    public func attention(_ look: Look) -> Float {
        layers[look.layer].attention.pattern.values[(look.head * T + look.destination) * T + look.source]
    }

    /// The scaled score of a look.
    public func score(_ look: Look) -> Float {
        layers[look.layer].attention.attn_scores.values[(look.head * T + look.destination) * T + look.source]
    }

    /// The look of a head from a destination at the source to which it attends most, the first of equals.
    public func strongestLook(layer: Int, head: Int, destination: Int) -> Look {
        let looks = (0...destination).map { Look(layer: layer, head: head, destination: destination, source: $0) }
        return looks.dropFirst().reduce(looks[0]) { attention($1) > attention($0) ? $1 : $0 }
    }
}
