public import Dictionaries
private import Tensors

/// How well and how sparsely an autoencoder reconstructs activations, counted as they come by.
public struct ReconstructionFigures: Sendable {
    /// Tokens seen.
    public private(set) var tokens = 0
    private var active = 0
    private var squaredError = 0.0
    /// [D] Σ z and Σ z² of each column.
    private var sums: [Double], squares: [Double]
    private let autoencoder: Autoencoder, centred: Bool

    /// Figures that have seen nothing yet.
    ///
    /// - Parameters:
    ///   - autoencoder: The autoencoder.
    ///   - centred: Whether what is reconstructed is z less the mean of its elements, token by token.
    public init(_ autoencoder: Autoencoder, centred: Bool) {
        (self.autoencoder, self.centred) = (autoencoder, centred)
        sums = Array(repeating: 0, count: autoencoder.shape.d_in)
        squares = sums
    }

    /// Takes in activations.
    ///
    /// - Parameter z: [n, D] as the model has them.
    /// - Complexity: 2·n·D·F flops.
    public mutating func add(_ z: [Float]) {
        let D = autoencoder.shape.d_in, f = autoencoder.encode(z), reconstruction = autoencoder.decode(f)
        active += f.count
        tokens += z.count / D
        for row in 0..<z.count / D {
            let range = row * D..<(row + 1) * D
            let mean = centred ? z[range].reduce(0) { $0 + Double($1) } / Double(D) : 0
            for place in range {
                let value = Double(z[place]) - mean, error = Double(reconstruction[place]) - value
                squaredError += error * error
                sums[place - range.lowerBound] += value
                squares[place - range.lowerBound] += value * value
            }
        }
    }

    /// Active features per token.
    public var L0: Double { Double(active) / Double(max(tokens, 1)) }

    /// 1 − Σ‖z − ẑ‖²/Σ‖z − mean z‖², both over all tokens seen; nil where z does not vary.
    public var explainedVariance: Double? {
        let variance = zip(sums, squares).reduce(0.0) { $0 + $1.1 - $1.0 * $1.0 / Double(max(tokens, 1)) }
        return variance > 0 ? 1 - squaredError / variance : nil
    }
}
