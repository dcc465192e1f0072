private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels
private import Tensors

/// What attention-output features write.
public enum FeatureEffects {
    /// [H] the heads' shares of a feature: the norm of each head's part of its decoder row, as a share of their sum.
    ///
    /// - Parameters:
    ///   - autoencoder: Of a layer's z, all heads side by side.
    ///   - feature: The feature.
    ///   - n_heads: H.
    /// *Source:* specification 3.5.
    public static func headShares(_ autoencoder: Autoencoder, feature: Int, n_heads: Int) -> [Double] {
        let D = autoencoder.shape.d_in, K = D / n_heads
        let norms = (0..<n_heads).map { head in
            (0..<K).reduce(0.0) {
                let value = Double(autoencoder.W_dec[feature * D + head * K + $1])
                return $0 + value * value
            }.squareRoot()
        }
        let sum = norms.reduce(0, +)
        return norms.map { sum > 0 ? $0 / sum : 0 }
    }

    /// [V] what a unit of a feature adds to every logit by the direct path, less its mean: W_dec[i]·W_O·W_U.
    ///
    /// The last LayerNorm's gain is in W_U; its σ, which depends on the prompt, is left out, so that effects compare, but are no logits.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The layer.
    ///   - autoencoder: Of that layer's z, all heads side by side.
    ///   - feature: The feature.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: 2·D·(H·K + V) flops.
    /// *Source:* specification 3.7.
    public static func logits(_ model: GPT2Model, layer: Int, _ autoencoder: Autoencoder, feature: Int) throws -> [Float] {
        let block = try model.block(layer), D = model.configuration.d_model, columns = autoencoder.shape.d_in
        var written = [Double](repeating: 0, count: D)
        for column in 0..<columns {
            let value = Double(autoencoder.W_dec[feature * columns + column])
            for d in 0..<D { written[d] += value * Double(block.c_proj.weight[column * D + d]) }
        }
        let mean = written.reduce(0, +) / Double(D), gain = model.weights.ln_final.gain
        let direction = (0..<D).map { Float((written[$0] - mean) * Double(gain[$0])) }
        let W_U = model.weights.W_U_transposed
        var logits = [Float](repeating: 0, count: W_U.count / D)
        Self.multiply(direction, W_U, into: &logits)
        let average = Float(logits.reduce(0) { $0 + Double($1) } / Double(logits.count))
        return logits.map { $0 - average }
    }

    private static func multiply(_ row: [Float], _ W_U: [Float], into logits: inout [Float]) {
        let count = logits.count
        var span = logits.mutableSpan
        gemm(1, count, row.count, row.span, W_U.span, into: &span, transposeB: true)
    }
}
