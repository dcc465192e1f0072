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

    /// [D] what a part adds to the stream at a token.
    func vector(_ part: StreamPart, at token: Int) throws -> [Float] {
        switch part {
        case .embedding: return Array(embedding[token * D..<(token + 1) * D])
        case .position: return Array(position[token * D..<(token + 1) * D])
        case .mlp(let layer): return Array(layers[layer].mlp_out[token * D..<(token + 1) * D])
        case .bias(let layer): return try model.block(layer).c_proj.bias
        case .offset: return Array(repeating: 0, count: D)
        case .look(let layer, let head, let source): return try moved(layer, head, sources: source...source, to: token)
        case .head(let layer, let head): return try moved(layer, head, sources: 0...token, to: token)
        }
    }

    /// [D] what a head moves to a token from some sources: Σ_s A(token, s) v_s W_O.
    private func moved(_ layer: Int, _ head: Int, sources: ClosedRange<Int>, to token: Int) throws -> [Float] {
        let below = layers[layer], weights = try model.block(layer).c_proj.weight
        var z = [Float](repeating: 0, count: K), output = [Float](repeating: 0, count: D)
        for source in sources where source <= token {
            let attention = below.attention.pattern.values[(head * T + token) * T + source]
            for k in 0..<K { z[k] += attention * below.v[(source * H + head) * K + k] }
        }
        for k in 0..<K {
            let row = (head * K + k) * D
            for d in 0..<D { output[d] += z[k] * weights[row + d] }
        }
        return output
    }

    /// What a head gives a source.
    public func attention(_ look: Look) -> Float {
        layers[look.layer].attention.pattern.values[(look.head * T + look.destination) * T + look.source]
    }

    /// The scaled score of a look.
    public func score(_ look: Look) -> Float {
        layers[look.layer].attention.attn_scores.values[(look.head * T + look.destination) * T + look.source]
    }

    /// A token's logit after the prompt.
    public func logit(_ token: Int32) -> Double {
        let weights = model.weights, first = (T - 1) * D
        return (0..<D).reduce(0) { sum, d in
            let x = Double(weights.ln_final.gain[d]) * Double(finalX[first + d]) + Double(weights.ln_final.bias[d])
            return sum + x * Double(weights.W_U_transposed[Int(token) * D + d])
        }
    }

    /// The look of a head from a destination at the source to which it attends most, the first of equals.
    public func strongestLook(layer: Int, head: Int, destination: Int) -> Look {
        let looks = (0...destination).map { Look(layer: layer, head: head, destination: destination, source: $0) }
        return looks.dropFirst().reduce(looks[0]) { attention($1) > attention($0) ? $1 : $0 }
    }
}
