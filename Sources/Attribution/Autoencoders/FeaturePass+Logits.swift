internal import Checkpoints
internal import Dictionaries
internal import GPT2

// The direct path to a logit: with the last LayerNorm's σ as it is, a logit reads what stands in the stream by one vector w, and so each part
// of what a layer wrote, or of what stood there before the layer, by itself.

/// What a dictionary's features at a token do to a logit by the direct path.
public struct DirectEffects: Sendable {
    /// A feature's effect.
    public struct Feature: Sendable {
        /// The feature, and its activation.
        public let feature: Int, activation: Float
        /// What it adds to the logit.
        public let value: Double
    }

    /// The active features.
    public let features: [Feature]
    /// What the dictionary leaves, and what biases add: its b_dec and, of z, b_O.
    public let error: Double, bias: Double

    /// All of it: the whole effect of what the dictionary takes apart.
    public var sum: Double { features.reduce(error + bias) { $0 + $1.value } }
}

extension FeaturePass {
    /// What the features of a layer's z do to a logit; nil without a dictionary of it.
    ///
    /// - Parameters:
    ///   - layer: The layer.
    ///   - token: Whose logit.
    ///   - other: Whose logit is subtracted.
    ///   - position: The token at which the logit stands, and so all that acts on it directly.
    /// - Returns: Parts that sum to what the layer's attention adds to the logit.
    public func directEffects(ofAttention layer: Int, on token: Int32, against other: Int32?, at position: Int) throws
        -> DirectEffects?
    {
        guard let encoded = z[layer] else { return nil }
        let reader = logitReader(token, other, at: position).reader, output = try model.block(layer).c_proj
        let reads = (0..<H * K).map { product(output.weight, $0 * D, reader.vector) }
        return encoded.effects(reads, position, bias: product(output.bias, 0, reader.vector))
    }

    /// What the features of the residual stream before a layer do to a logit; nil without a dictionary of it.
    ///
    /// - Returns: Parts that sum to what the stream before the layer adds to the logit.
    public func directEffects(ofResidual layer: Int, on token: Int32, against other: Int32?, at position: Int) -> DirectEffects? {
        resid_pre[layer].map { $0.effects(logitReader(token, other, at: position).reader.vector, position, bias: 0) }
    }
}

extension FeatureEncoding {
    /// What is read of each part by a vector.
    fileprivate func effects(_ reads: [Double], _ token: Int, bias: Double) -> DirectEffects {
        DirectEffects(
            features: active(token).map { feature, activation in
                let value = Double(activation) * product(W_dec, row(feature), reads)
                return DirectEffects.Feature(feature: feature, activation: activation, value: value)
            },
            error: product(error, token * d_in, reads), bias: bias + product(b_dec, 0, reads))
    }
}
