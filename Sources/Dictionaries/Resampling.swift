import Kernels
import Tensors

// Dead features begin again at tokens that are badly reconstructed:
//
// 1. tokens are drawn without replacement, with probability in proportion to the square of ‖y − ŷ‖²;
// 2. the encoder's column becomes the direction of x − b_in, a fifth of the mean norm of the live columns long; b_enc becomes 0;
// 3. the decoder's row becomes the direction of y − ŷ, as long as the live rows on average (1 with rows of unit norm).
//
// *Source:* specification 3.3; Bricken et al. 2023, "Neuron resampling".

/// What one side's dead features begin again from.
struct Resampling {
    /// [F].
    let isDead: [Bool]
    /// [N, D].
    let x: [Float]
    /// [N, H·K] y.
    let truth: [Float]
    /// [N, H·K] ŷ.
    let reconstruction: [Float]

    /// The encoder's columns begin with this share of the live ones' mean norm.
    ///
    /// *Source:* Bricken et al. 2023.
    private static let encoderShare: Float = 0.2

    /// Lets the dead features begin again.
    ///
    /// - Returns: Those that did: all, unless too few tokens have an error.
    func apply(
        to side: inout Transcoder, decoderNorm: DecoderNorm, using generator: inout RandomGenerator
    ) -> [Int] {
        let dead = isDead.indices.filter { isDead[$0] }
        if dead.isEmpty { return [] }
        let tokens = draw(dead.count, d_out: side.shape.d_out, using: &generator)
        let encoderNorm = Self.encoderShare * meanNorm(columnNorms(side))
        var rows = [Float](repeating: 0, count: side.shape.d_sae)
        rowNorms(side.W_dec, into: &rows)
        let decoderLength = decoderNorm == .unit ? 1 : meanNorm(rows)
        for (feature, token) in zip(dead, tokens) {
            restart(feature, at: token, encoderNorm: encoderNorm, decoderNorm: decoderLength, &side)
        }
        return Array(dead.prefix(tokens.count))
    }

    /// Step 1.
    private func draw(_ count: Int, d_out: Int, using generator: inout RandomGenerator) -> [Int] {
        var weights = (0..<truth.count / d_out).map { token in
            let error = (token * d_out..<(token + 1) * d_out).reduce(0.0) {
                let difference = Double(truth[$1] - reconstruction[$1])
                return $0 + difference * difference
            }
            return error * error
        }
        var drawn: [Int] = []
        while drawn.count < count {
            let total = weights.reduce(0, +)
            guard total > 0 else { break }
            var left = Double(generator.uniform()) * total
            let token = weights.firstIndex { weight in
                left -= weight
                return weight > 0 && left < 0
            }
            // Rounding may leave a little after the last.
            guard let chosen = token ?? weights.lastIndex(where: { $0 > 0 }) else { break }
            drawn.append(chosen)
            weights[chosen] = 0
        }
        return drawn
    }

    /// [F] the norms of W_enc's columns.
    private func columnNorms(_ side: Transcoder) -> [Float] {
        let F = side.shape.d_sae
        var squares = [Float](repeating: 0, count: F)
        for d in 0..<side.shape.d_model {
            for feature in 0..<F { squares[feature] += side.W_enc[d * F + feature] * side.W_enc[d * F + feature] }
        }
        return squares.map { $0.squareRoot() }
    }

    /// The mean of the live features' norms; of all if none lives.
    private func meanNorm(_ norms: [Float]) -> Float {
        let live = norms.indices.filter { !isDead[$0] }, counted = live.isEmpty ? Array(norms.indices) : live
        return counted.reduce(0) { $0 + norms[$1] } / Float(counted.count)
    }

    /// Steps 2 and 3.
    private func restart(_ feature: Int, at token: Int, encoderNorm: Float, decoderNorm: Float, _ side: inout Transcoder) {
        let (D, F, out) = (side.shape.d_model, side.shape.d_sae, side.shape.d_out)
        let input = direction((0..<D).map { x[token * D + $0] - side.b_in[$0] }, length: encoderNorm)
        for d in 0..<D { side.W_enc[d * F + feature] = input[d] }
        let error = (0..<out).map { truth[token * out + $0] - reconstruction[token * out + $0] }
        let output = direction(error, length: decoderNorm)
        for column in 0..<out { side.W_dec[feature * out + column] = output[column] }
        side.b_enc[feature] = 0
    }

    private func direction(_ vector: [Float], length: Float) -> [Float] {
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm > 0 ? vector.map { $0 * length / norm } : vector
    }
}
