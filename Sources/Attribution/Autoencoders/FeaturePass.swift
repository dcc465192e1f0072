internal import Checkpoints
public import Dictionaries
public import GPT2
internal import Kernels
internal import Tensors

// A prompt's forward pass with the dictionaries of its layers, and what whatever reads linearly is made of (specification 3.6, 3.7). With
// every pattern A and every LayerNorm's σ as they are, three things are linear in the residual stream r:
//
// 1. An attention-output feature i of layer ℓ at d: pre = Σ_s Σ_h A_h(d,s) v_{s,h}·W_enc[h-block,i] + b_enc,i − b_dec·W_enc[:,i], where
//    v_{s,h} = x_s W_V^h + b_V^h and x_s = centre(r_s)/σ_s: at each source s it reads r_s by one vector w_s.
// 2. A residual feature j of layer ℓ at s: pre = r_s·W_enc[:,j] + b_enc,j − b_dec·W_enc[:,j].
// 3. A logit at d: centre(r_d)/σ_d · gain · W_U, and the last LayerNorm's bias.
//
// What 1 reads is taken apart by the dictionary of the residual stream before layer ℓ where there is one: r_s = Σ f_j d_j + b_dec + err. What
// 2 and 3 read, and 1 without one, is the sum of all that was written below: the embeddings, each MLP's output, and of each layer's
// attention Σ a_k W_dec[k] W_O + b_dec W_O + err W_O + b_O by its dictionary of z, or else its whole output. A dictionary's b_dec and the
// model's own biases are counted as bias, what dictionaries leave as error; all parts sum to what is read.

/// Dictionaries of a model's layers, at most one of each activation.
public struct LayerAutoencoders: Sendable {
    /// Of a layer's z, all heads side by side.
    public var z: [Int: Autoencoder] = [:]
    /// Of the residual stream that enters a layer.
    public var resid_pre: [Int: Autoencoder] = [:]

    /// None.
    public init() {}
}

/// One prompt's forward pass with the features that are active in it.
///
/// Memory: about 4·T·(4·D + H·T) bytes for each layer.
public struct FeaturePass: Sendable {
    /// The most tokens: patterns of GPT-2 small's 144 heads at 256 tokens are 38 MB.
    public static let mostTokens = 256

    /// The model.
    public let model: GPT2Model
    /// [T] the prompt.
    public let tokens: [Int32]
    let layers: [Layer]
    /// By layer; nil without a dictionary.
    let z: [Encoded?], resid_pre: [Encoded?]
    /// [T, D] each.
    let embedding: [Float], position: [Float], finalNormalized: [Float]
    /// [T].
    let finalSigma: [Float]

    /// What one block did.
    struct Layer: Sendable {
        /// [H, T, T].
        let pattern: [Float]
        /// [T, H·K], bias included.
        let v: [Float]
        /// [T].
        let sigma: [Float]
        /// [T, D] each.
        let attn_out: [Float], mlp_out: [Float]
    }

    /// An activation as a dictionary has it.
    struct Encoded: Sendable {
        let autoencoder: Autoencoder
        let features: SparseRows
        /// [T, d_in] the activation, and what the dictionary leaves of it.
        let input: [Float], error: [Float]

        init(_ autoencoder: Autoencoder, _ input: [Float]) {
            (self.autoencoder, self.input) = (autoencoder, input)
            features = autoencoder.encode(input)
            error = zip(input, autoencoder.decode(features)).map { $0 - $1 }
        }
    }

    /// Runs the model over a prompt and encodes it.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - autoencoders: Dictionaries of its layers.
    ///   - tokens: [T], at most ``mostTokens``.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass, and 2·T·D·F flops for each dictionary.
    public init(_ model: GPT2Model, _ autoencoders: LayerAutoencoders, tokens: [Int32]) throws {
        precondition(tokens.count <= Self.mostTokens, "\(tokens.count) tokens; at most \(Self.mostTokens)")
        let c = model.configuration, sites: [ActivationName.Site] = [.pattern, .v, .ln1_scale, .attn_out, .mlp_out]
        let dictionaries =
            autoencoders.z.values.map { ($0, c.n_heads * c.d_head) } + autoencoders.resid_pre.values.map { ($0, c.d_model) }
        for (autoencoder, width) in dictionaries {
            precondition(autoencoder.shape.d_in == width, "d_in \(autoencoder.shape.d_in) for an activation of \(width)")
        }
        var wanted: Set<ActivationName> = [
            ActivationName(.embed), ActivationName(.pos_embed), ActivationName(.ln_final_scale),
            ActivationName(.ln_final_normalized),
        ]
        for layer in 0..<c.n_layers { wanted.formUnion(sites.map { ActivationName($0, layer) }) }
        wanted.formUnion(autoencoders.z.keys.map { ActivationName(.z, $0) })
        wanted.formUnion(autoencoders.resid_pre.keys.map { ActivationName(.resid_pre, $0) })
        let found = try model.forward(TokenBatch(tokens), capture: wanted)
        (self.model, self.tokens) = (model, tokens)
        embedding = found[.embed].values
        position = found[.pos_embed].values
        finalSigma = found[.ln_final_scale].values
        finalNormalized = found[.ln_final_normalized].values
        layers = (0..<c.n_layers).map { layer in
            Layer(
                pattern: found[.pattern, layer].values, v: found[.v, layer].values, sigma: found[.ln1_scale, layer].values,
                attn_out: found[.attn_out, layer].values, mlp_out: found[.mlp_out, layer].values)
        }
        z = (0..<c.n_layers).map { layer in autoencoders.z[layer].map { Encoded($0, found[.z, layer].values) } }
        resid_pre = (0..<c.n_layers).map { layer in
            autoencoders.resid_pre[layer].map { Encoded($0, found[.resid_pre, layer].values) }
        }
    }

    /// The number of tokens.
    public var T: Int { tokens.count }
    var D: Int { model.configuration.d_model }
    var H: Int { model.configuration.n_heads }
    var K: Int { model.configuration.d_head }

    /// The features of a layer's z that are active at a token; nil without a dictionary of it.
    public func attentionFeatures(_ layer: Int, at token: Int) -> [(feature: Int, activation: Float)]? { z[layer]?.active(token) }

    /// The features of the residual stream before a layer that are active at a token; nil without a dictionary of it.
    public func residualFeatures(_ layer: Int, at token: Int) -> [(feature: Int, activation: Float)]? {
        resid_pre[layer]?.active(token)
    }

    /// A feature's activation; nil for what is no feature, and 0 for one that is not active.
    public func activation(_ subject: FeatureSubject, at token: Int) -> Float? {
        switch subject {
        case .attention(let layer, let feature): z[layer]?.activation(feature, token)
        case .residual(let layer, let feature): resid_pre[layer]?.activation(feature, token)
        case .embedding, .position, .mlp, .attentionOutput, .logit: nil
        }
    }

    /// [V] the model's own logits at a token.
    public func logits(at token: Int) -> [Float] {
        let W_U = model.weights.W_U_transposed, V = W_U.count / D
        var logits = [Float](repeating: 0, count: V), span = logits.mutableSpan
        gemm(1, V, D, finalNormalized.span.extracting(token * D..<(token + 1) * D), W_U.span, into: &span, transposeB: true)
        return logits
    }
}

extension FeaturePass.Encoded {
    func active(_ token: Int) -> [(feature: Int, activation: Float)] {
        features.range(token).map { (Int(features.indices[$0]), features.values[$0]) }
    }

    func activation(_ feature: Int, _ token: Int) -> Float {
        features.range(token).first { Int(features.indices[$0]) == feature }.map { features.values[$0] } ?? 0
    }

    /// The pre-activation of a feature at a token, whether or not it passes the gate; and what of it does not depend on the input.
    func pre(_ feature: Int, _ token: Int) -> (whole: Double, constant: Double) {
        let width = autoencoder.shape.d_in, row = feature * width
        let constant = Double(autoencoder.b_enc[feature]) - product(autoencoder.W_enc, row, autoencoder.b_dec, 0, count: width)
        return (constant + product(autoencoder.W_enc, row, input, token * width, count: width), constant)
    }
}

/// What a node of a feature graph stands for.
public enum FeatureSubject: Hashable, Sendable {
    /// A feature of a layer's z.
    case attention(layer: Int, feature: Int)
    /// A feature of the residual stream that enters a layer.
    case residual(layer: Int, feature: Int)
    /// The token's embedding.
    case embedding
    /// The position's embedding.
    case position
    /// An MLP's output.
    case mlp(layer: Int)
    /// The output of an attention without a dictionary.
    case attentionOutput(layer: Int)
    /// A token's logit, less another's if there is one.
    case logit(token: Int32, against: Int32?)
}

/// What something that reads the residual stream linearly is made of.
public struct FeatureParts: Sendable {
    /// A part that has a name.
    public struct Part: Sendable {
        /// What it is.
        public let subject: FeatureSubject
        /// At which token it stands.
        public let position: Int
        /// What it adds.
        public let value: Double
    }

    /// What is read: the model's own pre-activation or logit.
    public let total: Double
    /// The parts that have names.
    public internal(set) var parts: [Part] = []
    /// What dictionaries leave, and what biases add.
    public internal(set) var error = 0.0, bias = 0.0
    /// [T] of an attention-output feature, what each source gives to it through all heads; empty for everything else.
    public internal(set) var sources: [Double] = []

    /// All parts together.
    public var sum: Double { parts.reduce(error + bias) { $0 + $1.value } }
    /// How far the total is from the sum of all parts: rounding.
    public var residual: Double { total - sum }
    /// Σ|parts|.
    public var magnitude: Double { parts.reduce(abs(error) + abs(bias)) { $0 + abs($1.value) } }
}

/// The product of two rows in double precision.
func product(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int, count: Int) -> Double {
    var sum = 0.0
    for place in 0..<count { sum += Double(a[i + place]) * Double(b[j + place]) }
    return sum
}

/// The product of a row with a vector in double precision.
func product(_ a: [Float], _ i: Int, _ vector: [Double]) -> Double {
    var sum = 0.0
    for place in vector.indices { sum += Double(a[i + place]) * vector[place] }
    return sum
}
