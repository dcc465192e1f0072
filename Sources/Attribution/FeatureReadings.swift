private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels

// What a feature's weights say of tokens without any text. x(t) is the normalised embedding of token t alone, without a position: what the
// layer would read if nothing before it had written anything.
//
// 1. Pre-activation: W_enc[:, a]·x(t) + b_enc[a] − b_in·W_enc[:, a].
// 2. Attraction, in the head h that the decoder row is longest in: what the row adds to the score of a source (for a query feature; of a
//    destination for a key feature) with x(t), attn_scale · ⟨W_dec[a, h], k_h(x(t))⟩, the bias of k included.
// 3. Promotion: the direction that the feature reads, seen through the last LayerNorm's gain and W_U, less its mean over the tokens.
//
// All three are one row of W_E (or W_U) times one direction; σ(t) of the embeddings is divided out afterwards.

/// What one side's features read, and what they write, told by tokens.
public struct FeatureReadings: Sendable {
    /// One feature.
    public struct Feature: Sendable {
        /// The feature.
        public let feature: Int
        /// ‖W_enc[:, a]‖.
        public let encoderNorm: Float
        /// [H] the norm of each head's part of its decoder row.
        public let headNorms: [Float]
        /// [V] the pre-activations.
        public let preActivations: [Float]
        /// The head that it writes most to.
        public let head: Int
        /// [V] what its decoder row adds to that head's score.
        public let attractions: [Float]
        /// [V] how its direction promotes tokens.
        public let promotions: [Float]

        /// ‖W_dec[a]‖.
        public var decoderNorm: Float { headNorms.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    }

    private let model: GPT2Model, layer: Int, transcoder: Transcoder, isQuerySide: Bool
    /// [V] 1/σ of each embedding.
    private let scales: [Float]

    /// Features handled at once, so that three columns of the vocabulary's length each stay small.
    private static let blockSize = 16

    /// Prepares the model's embeddings.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The dictionary's layer.
    ///   - transcoder: One side of the dictionary.
    ///   - isQuerySide: Which.
    /// - Complexity: one pass over W_E.
    public init(_ model: GPT2Model, layer: Int, _ transcoder: Transcoder, isQuerySide: Bool) {
        (self.model, self.layer, self.transcoder, self.isQuerySide) = (model, layer, transcoder, isQuerySide)
        let D = model.configuration.d_model, epsilon = Double(model.configuration.layer_norm_epsilon)
        let W_E = model.weights.W_E
        scales = (0..<W_E.count / D).map { token in
            var sum = 0.0, squares = 0.0
            for d in 0..<D {
                let value = Double(W_E[token * D + d])
                sum += value
                squares += value * value
            }
            let mean = sum / Double(D)
            return Float(1 / (squares / Double(D) - mean * mean + epsilon).squareRoot())
        }
    }

    /// Calls `body` with each feature, in order.
    ///
    /// - Throws: ``GPT2Error``, and what the body throws.
    /// - Complexity: 6·D·V flops for each feature.
    public func forEach(_ features: [Int], _ body: (Feature) throws -> Void) throws {
        for first in stride(from: 0, to: features.count, by: Self.blockSize) {
            let block = Array(features[first..<min(first + Self.blockSize, features.count)])
            let read = block.map(encoderRow), written = try block.map(decoded)
            let gain = model.weights.ln_final.gain
            let byEmbedding = product(model.weights.W_E, read.map(\.direction) + written.map(\.direction))
            let byUnembedding = product(
                model.weights.W_U_transposed, read.map { row in zip(row.direction, gain).map { $0 * $1 } })
            for (place, feature) in block.enumerated() {
                var pre = column(place, of: byEmbedding, 2 * block.count)
                var attraction = column(block.count + place, of: byEmbedding, 2 * block.count)
                for token in pre.indices {
                    pre[token] = pre[token] * scales[token] + read[place].constant
                    attraction[token] = attraction[token] * scales[token] + written[place].constant
                }
                var promotion = column(place, of: byUnembedding, block.count)
                let mean = Float(promotion.reduce(0) { $0 + Double($1) } / Double(max(promotion.count, 1)))
                for token in promotion.indices { promotion[token] -= mean }
                try body(
                    Feature(
                        feature: feature, encoderNorm: read[place].norm, headNorms: written[place].norms, preActivations: pre,
                        head: written[place].head, attractions: attraction, promotions: promotion))
            }
        }
    }

    /// Step 1: the encoder's column, centred, as x is.
    private func encoderRow(_ feature: Int) -> (direction: [Float], constant: Float, norm: Float) {
        let shape = transcoder.shape, D = shape.d_model, F = shape.d_sae
        let row = (0..<D).map { transcoder.W_enc[$0 * F + feature] }
        let mean = row.reduce(0) { $0 + Double($1) } / Double(D)
        var offset = Double(transcoder.b_enc[feature]), squares = 0.0
        for d in 0..<D {
            offset -= Double(transcoder.b_in[d]) * Double(row[d])
            squares += Double(row[d]) * Double(row[d])
        }
        return (row.map { Float(Double($0) - mean) }, Float(offset), Float(squares.squareRoot()))
    }

    /// Step 2: what the other side of the longest head's score is multiplied by, back in the space of x.
    private func decoded(_ feature: Int) throws -> (direction: [Float], constant: Float, head: Int, norms: [Float]) {
        let shape = transcoder.shape, D = shape.d_model, K = shape.d_head
        let row = transcoder.W_dec[feature * shape.d_out..<(feature + 1) * shape.d_out].map(Double.init)
        let norms = (0..<shape.n_heads).map { head in
            Float(row[head * K..<(head + 1) * K].reduce(0) { $0 + $1 * $1 }.squareRoot())
        }
        let head = norms.indices.max { norms[$0] < norms[$1] } ?? 0
        let block = try model.block(layer), stride = 3 * D, scale = Double(model.configuration.attn_scale(layer))
        // The other side's columns of c_attn: keys for a query feature, queries for a key feature.
        let first = (isQuerySide ? D : 0) + head * K
        var direction = [Double](repeating: 0, count: D), constant = 0.0
        for e in 0..<K {
            let value = row[head * K + e] * scale
            constant += value * Double(block.c_attn.bias[first + e])
            for d in 0..<D {
                let weight = value * Double(block.c_attn.weight[d * stride + first + e])
                direction[d] += weight * Double(block.ln1.gain[d])
                constant += weight * Double(block.ln1.bias[d])
            }
        }
        let mean = direction.reduce(0, +) / Double(D)
        return (direction.map { Float($0 - mean) }, Float(constant), head, norms)
    }

    /// [V, n] every row of a matrix times every direction.
    private func product(_ matrix: [Float], _ directions: [[Float]]) -> [Float] {
        let D = model.configuration.d_model, V = matrix.count / D, flat = directions.flatMap { $0 }
        var product = [Float](repeating: 0, count: V * directions.count)
        var span = product.mutableSpan
        gemm(V, directions.count, D, matrix.span, flat.span, into: &span, transposeB: true)
        return product
    }

    private func column(_ place: Int, of product: [Float], _ columns: Int) -> [Float] {
        Swift.stride(from: place, to: product.count, by: columns).map { product[$0] }
    }
}
