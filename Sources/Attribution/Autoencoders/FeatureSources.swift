private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels
public import Tensors

// Where an attention-output feature comes from (specification 3.5 to 3.7):
//
// 1. z_{d,h} = Σ_s A_h(d,s) v_{s,h}, so the pre-activation of feature i at the destination d is a sum over sources and heads:
//    DFA_i(d,s) = Σ_h A_h(d,s) v_{s,h}·W_enc[h-block,i], and Σ_s DFA = pre_i − b_enc,i + b_dec·W_enc[:,i].
// 2. One hop further, v_{s,h} = x_s W_V + b_V with x_s = centre(r_s)/σ_s, and r_s = Σ f_j d_j + b_dec + err by a dictionary of the
//    residual stream: feature j adds Σ_h A_h(d,s)(f_j d_j/σ_s) W_V·W_enc[h-block,i]. The rest is b_dec's, the error's and b_V's, and all
//    sum to DFA_i(d,s). The LayerNorm's gain and bias are in W_V and b_V, each column of W_V centred.
// 3. The published dashboards show f_j d_j W_V W_enc[:,i], without A and 1/σ: it ranks features alike where one head does the work, and
//    says what they write rather than how much of it arrived. Both are given.
//
// *Source:* Kissane et al. 2024, and the dashboards' code.

/// What the sources of a prompt give to the attention-output features at a destination.
public struct FeatureSources: Sendable {
    /// The number of tokens.
    public let T: Int
    /// The active features, a row per token.
    public let features: SparseRows

    private let autoencoder: Autoencoder
    private let model: GPT2Model, layer: Int
    private let H: Int, K: Int
    /// [H, T, T].
    private let pattern: [Float]
    /// [T, H, K], bias included.
    private let v: [Float]
    /// [T, H·K].
    private let z: [Float]
    /// [T].
    private let sigma: [Float]
    /// [T, D] the residual stream that enters the layer.
    private let resid: [Float]

    /// Runs the model up to the layer's z and encodes it.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The layer.
    ///   - autoencoder: Of that layer's z, all heads side by side.
    ///   - tokens: [T].
    /// - Throws: ``GPT2Error``.
    public init(_ model: GPT2Model, layer: Int, _ autoencoder: Autoencoder, tokens: [Int32]) throws {
        let c = model.configuration
        (T, H, K) = (tokens.count, c.n_heads, c.d_head)
        precondition(autoencoder.shape.d_in == H * K, "d_in \(autoencoder.shape.d_in) for \(H) heads of \(K)")
        let names = [.resid_pre, .ln1_scale, .v, .pattern, .z].map { ActivationName($0, layer) }
        let found = try model.forward(TokenBatch(tokens), capture: Set(names))
        pattern = found[.pattern, layer].values
        v = found[.v, layer].values
        z = found[.z, layer].values
        sigma = found[.ln1_scale, layer].values
        resid = found[.resid_pre, layer].values
        features = autoencoder.encode(z)
        (self.model, self.layer, self.autoencoder) = (model, layer, autoencoder)
    }

    /// The activation of a feature at a token; 0 where it is not active.
    public func activation(_ feature: Int, at token: Int) -> Float {
        features.range(token).first { Int(features.indices[$0]) == feature }.map { features.values[$0] } ?? 0
    }

    /// The pre-activation of a feature at a token, whether or not it passes the gate.
    public func pre(_ feature: Int, at token: Int) -> Double {
        let D = H * K
        return (0..<D).reduce(Double(autoencoder.b_enc[feature])) {
            $0 + (Double(z[token * D + $1]) - Double(autoencoder.b_dec[$1])) * Double(autoencoder.W_enc[feature * D + $1])
        }
    }

    /// What does not depend on the sources: b_enc,i − b_dec·W_enc[:,i].
    public func constant(_ feature: Int) -> Double {
        let D = H * K
        return (0..<D).reduce(Double(autoencoder.b_enc[feature])) {
            $0 - Double(autoencoder.b_dec[$1]) * Double(autoencoder.W_enc[feature * D + $1])
        }
    }

    /// [T, H] what each source gives to a feature's pre-activation at a destination through each head; 0 for later sources.
    ///
    /// - Complexity: O(T·H·K).
    public func attribution(_ feature: Int, destination: Int) -> [Double] {
        var shares = [Double](repeating: 0, count: T * H)
        for source in 0...destination {
            for head in 0..<H {
                shares[source * H + head] = attribution(feature, destination: destination, source: source, head: head)
            }
        }
        return shares
    }

    /// What one look gives to a feature's pre-activation.
    ///
    /// - Complexity: O(K).
    public func attribution(_ feature: Int, destination: Int, source: Int, head: Int) -> Double {
        let D = H * K
        var product = 0.0
        for index in head * K..<(head + 1) * K {
            product += Double(v[source * D + index]) * Double(autoencoder.W_enc[feature * D + index])
        }
        return Double(pattern[(head * T + destination) * T + source]) * product
    }

    /// One hop further: what a dictionary's features of the residual stream at one source give to a feature at a destination.
    ///
    /// - Parameters:
    ///   - feature: The attention-output feature.
    ///   - destination: Where it is active.
    ///   - source: Where the residual stream is taken apart.
    ///   - residual: An autoencoder of the layer's `hook_resid_pre`.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: O(D²) and 2·D·F flops.
    public func hop(_ feature: Int, destination: Int, source: Int, through residual: Autoencoder) throws -> ResidualHop {
        let D = model.configuration.d_model
        precondition(residual.shape.d_in == D, "d_in \(residual.shape.d_in) for a residual stream of \(D)")
        let row = Array(resid[source * D..<(source + 1) * D]), active = residual.encode(row)
        let error = zip(row, residual.decode(active)).map { Double($0) - Double($1) }
        let weights = (0..<H).map { Double(pattern[($0 * T + destination) * T + source]) }
        let seen = try reader(feature, weights), published = try reader(feature, Array(repeating: 1, count: H))
        let perSigma = 1 / Double(sigma[source])
        let found = active.range(0).map { place in
            let index = Int(active.indices[place]), activation = Double(active.values[place])
            var sums = (seen: 0.0, published: 0.0)
            for d in 0..<D {
                let direction = Double(residual.W_dec[index * D + d])
                sums.seen += direction * seen.vector[d]
                sums.published += direction * published.vector[d]
            }
            return ResidualHop.Feature(
                feature: active.indices[place], activation: active.values[place], contribution: activation * sums.seen * perSigma,
                published: activation * sums.published)
        }
        let b_dec = zip(residual.b_dec, seen.vector).reduce(0) { $0 + Double($1.0) * $1.1 } * perSigma
        let rest = zip(error, seen.vector).reduce(0) { $0 + $1.0 * $1.1 } * perSigma
        return ResidualHop(source: source, features: found, b_dec: b_dec, error: rest, b_V: seen.bias)
    }

    /// The vector by which a feature's pre-activation reads the residual stream through the heads' values, and the biases' part.
    ///
    /// - Parameter weights: [H] what each head's value is weighted by.
    /// - Returns: [D] Σ_h weight_h W_V^h·W_enc[h-block,i] with the LayerNorm's gain, centred; and the same of b_V with the LayerNorm's bias.
    private func reader(_ feature: Int, _ weights: [Double]) throws(GPT2Error) -> (vector: [Double], bias: Double) {
        let block = try model.block(layer), D = model.configuration.d_model, columns = H * K
        let row = feature * columns, weighted = (0..<columns).map { weights[$0 / K] * Double(autoencoder.W_enc[row + $0]) }
        var vector = [Double](repeating: 0, count: D), bias = 0.0
        let first = 2 * D, stride = 3 * D
        for column in 0..<columns { bias += weighted[column] * Double(block.c_attn.bias[first + column]) }
        for d in 0..<D {
            var sum = 0.0
            let start = d * stride + first
            for column in 0..<columns { sum += weighted[column] * Double(block.c_attn.weight[start + column]) }
            vector[d] = Double(block.ln1.gain[d]) * sum
            bias += Double(block.ln1.bias[d]) * sum
        }
        let mean = vector.reduce(0, +) / Double(D)
        return (vector.map { $0 - mean }, bias)
    }
}

/// What the residual stream at one source gives to an attention-output feature, feature by feature.
public struct ResidualHop: Sendable {
    /// A feature of the residual stream.
    public struct Feature: Sendable {
        /// The feature.
        public let feature: Int32
        /// Its activation at the source.
        public let activation: Float
        /// What it adds to the pre-activation: Σ_h A_h(d,s)(f_j d_j/σ_s) W_V^h·W_enc[h-block,i].
        public let contribution: Double
        /// The published form, without A and 1/σ.
        public let published: Double
    }

    /// The source.
    public let source: Int
    /// The active features.
    public let features: [Feature]
    /// What the residual autoencoder's b_dec adds.
    public let b_dec: Double
    /// What its error adds.
    public let error: Double
    /// What the value bias adds, the LayerNorm's bias in it.
    public let b_V: Double

    /// All parts together: the source's attribution.
    public var sum: Double { features.reduce(b_dec + error + b_V) { $0 + $1.contribution } }
}
