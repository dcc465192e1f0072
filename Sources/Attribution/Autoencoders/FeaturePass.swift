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
/// Memory: 4·T·(H·T + H·K + 2·D + 1) bytes for each layer, 4·T·(3·D + 1) for the embeddings and the last LayerNorm, 4·T·d_in for each
/// activation that waits for its dictionary, and what each ``FeatureEncoding`` takes.
public struct FeaturePass: Sendable {
    /// The most tokens: patterns of GPT-2 small's 144 heads at 256 tokens are 38 MB.
    public static let mostTokens = 256

    /// An activation that a dictionary takes apart.
    public enum Site: Hashable, Sendable {
        /// A layer's z, all heads side by side.
        case z(Int)
        /// The residual stream that enters a layer.
        case resid_pre(Int)

        var activation: ActivationName {
            switch self {
            case .z(let layer): ActivationName(.z, layer)
            case .resid_pre(let layer): ActivationName(.resid_pre, layer)
            }
        }
    }

    /// The model.
    public let model: GPT2Model
    /// [T] the prompt.
    public let tokens: [Int32]
    let layers: [Layer]
    /// By layer; nil without a dictionary.
    private(set) var z: [FeatureEncoding?], resid_pre: [FeatureEncoding?]
    /// [T, d_in] what has not been encoded yet.
    private var waiting: [Site: [Float]]
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

    /// Runs the model over a prompt and encodes it; the dictionaries are shared with all their rows.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - autoencoders: Dictionaries of its layers.
    ///   - tokens: [T], at most ``mostTokens``.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass, and 2·T·D·F flops for each dictionary.
    public init(_ model: GPT2Model, _ autoencoders: LayerAutoencoders, tokens: [Int32]) throws {
        let dictionaries: [(site: Site, autoencoder: Autoencoder)] =
            autoencoders.z.map { (.z($0.key), $0.value) } + autoencoders.resid_pre.map { (.resid_pre($0.key), $0.value) }
        try self.init(model, sites: Set(dictionaries.map(\.site)), tokens: tokens)
        for (site, autoencoder) in dictionaries { take(encoding(autoencoder, of: site, keeping: nil), of: site) }
    }

    /// Runs the model over a prompt, to be encoded by one dictionary after another, none of which need stay in memory.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - sites: What will be encoded.
    ///   - tokens: [T], at most ``mostTokens``.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass.
    public init(_ model: GPT2Model, sites: Set<Site>, tokens: [Int32]) throws {
        precondition(tokens.count <= Self.mostTokens, "\(tokens.count) tokens; at most \(Self.mostTokens)")
        let c = model.configuration, ofLayers: [ActivationName.Site] = [.pattern, .v, .ln1_scale, .attn_out, .mlp_out]
        var wanted: Set<ActivationName> = [
            ActivationName(.embed), ActivationName(.pos_embed), ActivationName(.ln_final_scale),
            ActivationName(.ln_final_normalized),
        ]
        for layer in 0..<c.n_layers { wanted.formUnion(ofLayers.map { ActivationName($0, layer) }) }
        wanted.formUnion(sites.map(\.activation))
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
        z = Array(repeating: nil, count: c.n_layers)
        resid_pre = z
        waiting = Dictionary(uniqueKeysWithValues: sites.map { ($0, found[$0.activation].values) })
    }

    /// Encodes an activation.
    ///
    /// - Parameters:
    ///   - autoencoder: A dictionary of it.
    ///   - site: One of those that the pass was made with, not taken yet.
    ///   - features: Features that will be asked about although they may not be active; nil to share the dictionary with all its rows.
    /// - Complexity: 2·T·D·F flops.
    public func encoding(_ autoencoder: Autoencoder, of site: Site, keeping features: [Int]?) -> FeatureEncoding {
        guard let input = waiting[site] else { preconditionFailure("\(site) is not among what waits: \(waiting.keys)") }
        precondition(
            autoencoder.shape.d_in * T == input.count,
            "d_in \(autoencoder.shape.d_in) for an activation of \(input.count / T) elements")
        return FeatureEncoding(autoencoder, input, keeping: features)
    }

    /// Takes what an activation was encoded to.
    public mutating func take(_ encoding: FeatureEncoding, of site: Site) {
        let known = waiting.removeValue(forKey: site)
        precondition(known != nil, "\(site) is not among what waits: \(waiting.keys)")
        switch site {
        case .z(let layer): z[layer] = encoding
        case .resid_pre(let layer): resid_pre[layer] = encoding
        }
    }

    /// What the encodings take, in bytes.
    public var encodedBytes: Int { (z + resid_pre).reduce(0) { $0 + ($1?.bytes ?? 0) } }
    /// How many features are active, over all tokens and dictionaries.
    public var activeFeatures: Int { (z + resid_pre).reduce(0) { $0 + ($1?.features.count ?? 0) } }

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
