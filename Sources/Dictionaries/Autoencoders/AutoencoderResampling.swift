import Glibc
import Kernels
import Tensors

// Dead features begin again at tokens that are badly reconstructed:
//
// 1. tokens are drawn without replacement, with probability in proportion to the square of ‖ẑ − z‖²: of numbers log(u)/weight, u even
//    in (0, 1), the greatest are kept, so that the tokens may come batch by batch;
// 2. the decoder's row becomes the direction of z − b_dec; the encoder's the same, a fifth of the mean norm of the live ones long; b_enc
//    becomes 0, and so do Adam's moments.
//
// *Source:* specification 3.3; Bricken et al. 2023; for the draw, Efraimidis & Spirakis 2006.

/// The tokens at which dead features begin again, drawn while batches go by.
public struct ResamplingDraw: Sendable {
    /// How many are wanted.
    public let wanted: Int
    private let width: Int
    private var generator: RandomGenerator
    /// The tokens kept so far, those with the smallest key first.
    private var kept: [(key: Double, z: [Float])] = []

    /// A draw of `wanted` tokens of `width` elements.
    init(wanted: Int, width: Int, generator: RandomGenerator) {
        (self.wanted, self.width, self.generator) = (wanted, width, generator)
    }

    /// Takes in a batch.
    ///
    /// - Parameters:
    ///   - z: [N, D].
    ///   - squaredErrors: [N] ‖ẑ − z‖².
    public mutating func add(_ z: [Float], squaredErrors: [Float]) {
        for (token, error) in squaredErrors.enumerated() {
            let u = Double(generator.uniform()), weight = Double(error) * Double(error)
            guard weight > 0, u > 0 else { continue }
            let key = log(u) / weight
            if kept.count == wanted {
                guard let least = kept.first?.key, key > least else { continue }
                kept.removeFirst()
            }
            let place = kept.partitioningIndex { $0.key >= key }
            kept.insert((key, Array(z[token * width..<(token + 1) * width])), at: place)
        }
    }

    /// The tokens, the greatest key first.
    var tokens: [[Float]] { kept.reversed().map(\.z) }
    /// The generator as the draw has left it.
    var end: RandomGenerator { generator }
}

extension [(key: Double, z: [Float])] {
    /// The first place from which on a condition holds.
    fileprivate func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension AutoencoderWeights {
    /// The encoder's rows begin with this share of the live ones' mean norm.
    ///
    /// *Source:* Bricken et al. 2023.
    private static let encoderShare: Float = 0.2

    /// Lets dead features begin again at the tokens of a draw.
    ///
    /// - Returns: Those that did: all, unless the draw has found fewer tokens.
    mutating func restart(_ isDead: [Bool], at tokens: [[Float]]) -> [Int] {
        let D = autoencoder.shape.d_in, dead = isDead.indices.filter { isDead[$0] }
        var norms = [Float](repeating: 0, count: autoencoder.shape.d_sae)
        rowNorms(autoencoder.features.W_enc, into: &norms)
        let live = norms.indices.filter { !isDead[$0] }, counted = live.isEmpty ? Array(norms.indices) : live
        let length = Self.encoderShare * counted.reduce(0) { $0 + norms[$1] } / Float(counted.count)
        var begun: [Int] = []
        for (feature, token) in zip(dead, tokens) {
            let x = zip(token, autoencoder.b_dec).map { $0 - $1 }, norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard norm > 0 else { continue }
            moments.clear(feature)
            idle[feature] = 0
            for column in 0..<D {
                autoencoder.features.W_dec[feature * D + column] = x[column] / norm
                autoencoder.features.W_enc[feature * D + column] = x[column] / norm * length
            }
            autoencoder.features.b_enc[feature] = 0
            begun.append(feature)
        }
        return begun
    }
}
