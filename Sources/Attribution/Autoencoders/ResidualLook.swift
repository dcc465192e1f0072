private import Checkpoints
public import Dictionaries
public import GPT2
private import Kernels
public import Tensors

// Exact decomposition of attention scores by a dictionary of the residual stream (specification 1.9), at any layer, without training anything:
//
// 1. r = Σ f_a d_a + b_dec + err at every token, where the error err is what the autoencoder leaves of the model's own residual stream.
// 2. The LayerNorm is linear once its σ is taken as it is: x = centre(r)/σ. With gain and bias in the weights, W_Q ← diag(gain)·W_Q,
//    b_Q ← b_Q + bias·W_Q, and each column of W_Q centred, so that it reads centre(r) from r:
//    q_i = (Σ f_a d_a W_Q + b_dec W_Q + err W_Q)/σ_i + b_Q; k_j likewise.
// 3. Each side is the sum of four terms, features, b_dec, error and projection bias, and the score of sixteen blocks. Features × features
//    splits into pairs: T_ab = f_a f_b (d_a W_Q)·(d_b W_K)/(σ_i σ_j √d_head).
// 4. Blocks whose key is b_K are the same for every source; b_dec is not, since each source has its own σ_j.

/// What a prompt's looks at one layer are explained from by a dictionary of the residual stream that enters it.
public struct ResidualLook: Sendable {
    /// The number of tokens.
    public let T: Int
    /// [H, T, T] the model's own scores, scaled.
    public let attn_scores: Tensor
    /// [H, T, T] the model's own pattern.
    public let pattern: Tensor
    /// The active features, a row per token.
    public let features: SparseRows

    private let autoencoder: Autoencoder
    private let folded: FoldedQK
    private let d_head: Int
    private let attn_scale: Double
    /// [T, D] what the autoencoder leaves.
    private let error: [Float]
    /// [T].
    private let sigma: [Float]

    /// Runs the model up to the layer's pattern and encodes the residual stream.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: The layer.
    ///   - autoencoder: Of that layer's `hook_resid_pre`, of the model's own width.
    ///   - tokens: [T].
    /// - Throws: ``GPT2Error``.
    /// - Complexity: a forward pass up to the layer, and 2·T·D·F flops.
    public init(_ model: GPT2Model, layer: Int, _ autoencoder: Autoencoder, tokens: [Int32]) throws {
        let c = model.configuration
        precondition(autoencoder.shape.d_in == c.d_model, "d_in \(autoencoder.shape.d_in) for a residual stream of \(c.d_model)")
        let names = [.resid_pre, .ln1_scale, .attn_scores, .pattern].map { ActivationName($0, layer) }
        let found = try model.forward(TokenBatch(tokens), capture: Set(names))
        T = tokens.count
        attn_scores = Tensor([c.n_heads, T, T], found[.attn_scores, layer].values)
        pattern = Tensor([c.n_heads, T, T], found[.pattern, layer].values)
        sigma = found[.ln1_scale, layer].values
        let resid = found[.resid_pre, layer].values
        features = autoencoder.encode(resid)
        error = zip(resid, autoencoder.decode(features)).map { $0 - $1 }
        self.autoencoder = autoencoder
        folded = try model.foldedQK(layer)
        d_head = c.d_head
        attn_scale = Double(c.attn_scale(layer))
    }

    /// The decomposition of one score.
    ///
    /// - Precondition: `source <= destination < T`, and the head exists.
    /// - Complexity: O(active features · D · K).
    public func decomposition(head: Int, destination: Int, source: Int) -> ResidualDecomposition {
        let query = side(folded.W_Q, folded.b_Q, head, destination), key = side(folded.W_K, folded.b_K, head, source)
        var blocks: [ResidualDecomposition.Block] = []
        for (queryTerm, queryVector) in zip(ResidualDecomposition.Term.allCases, query.terms) {
            for (keyTerm, keyVector) in zip(ResidualDecomposition.Term.allCases, key.terms) {
                blocks.append(.init(query: queryTerm, key: keyTerm, value: product(queryVector, keyVector)))
            }
        }
        let pairs = query.features.flatMap { a in
            key.features.map { b in
                ScoreDecomposition.Pair(
                    query: a.feature, key: b.feature, queryActivation: a.activation, keyActivation: b.activation,
                    contribution: product(a.vector, b.vector))
            }
        }
        func marginals(_ features: [SideFeature], _ other: [Double]) -> [ScoreDecomposition.Marginal] {
            features.map { .init(feature: $0.feature, activation: $0.activation, contribution: product($0.vector, other)) }
        }
        return ResidualDecomposition(
            score: Double(attn_scores.values[(head * T + destination) * T + source]), blocks: blocks, pairs: pairs,
            queryFeatures: marginals(query.features, key.sum), keyFeatures: marginals(key.features, query.sum))
    }

    /// How much of the attention to `source` a pair is responsible for: the pattern less what it would be without the pair.
    ///
    /// - Returns: A − A′ at the source, in closed form, for the pair removed at this destination from every source where it acts.
    public func effect(of pair: ScoreDecomposition.Pair, head: Int, destination: Int, source: Int) -> Double {
        let ownScale = Double(pair.keyActivation) / Double(sigma[source])
        let row = (head * T + destination) * T
        let removed = (0...destination).map { j in
            features.range(j).first { features.indices[$0] == pair.key }.map {
                pair.contribution * Double(features.values[$0]) / Double(sigma[j]) / ownScale
            } ?? 0
        }
        let A = (0...destination).map { Double(pattern.values[row + $0]) }
        return A[source] - patternWithout(removed, A)[source]
    }

    /// The source that the head attends to most from a destination.
    public func strongestSource(head: Int, destination: Int) -> Int {
        let row = (head * T + destination) * T
        return (0...destination).max { pattern.values[row + $0] < pattern.values[row + $1] } ?? destination
    }

    /// A feature that is active at a token, and what it adds to the head's query or key.
    private struct SideFeature {
        let feature: Int32
        let activation: Float
        /// [K].
        let vector: [Double]
    }

    /// A head's query or key at a token: the features, and the four terms that sum to it.
    private struct Side {
        let features: [SideFeature]
        let terms: [[Double]]
        /// [K].
        let sum: [Double]
    }

    private func side(_ W: Tensor, _ b: Tensor, _ head: Int, _ token: Int) -> Side {
        let D = autoencoder.shape.d_in, columns = head * d_head..<(head + 1) * d_head
        let read = { (rows: [Float], first: Int, factor: Double) in
            var sums = [Double](repeating: 0, count: d_head)
            for d in 0..<D {
                let value = Double(rows[first + d]) * factor
                for (index, column) in columns.enumerated() { sums[index] += value * Double(W.values[d * D + column]) }
            }
            return sums
        }
        let perSigma = 1 / Double(sigma[token])
        let active = features.range(token).map { place in
            SideFeature(
                feature: features.indices[place], activation: features.values[place],
                vector: read(autoencoder.W_dec, Int(features.indices[place]) * D, Double(features.values[place]) * perSigma))
        }
        let sum = active.reduce([Double](repeating: 0, count: d_head)) { zip($0, $1.vector).map(+) }
        let terms = [
            sum, read(autoencoder.b_dec, 0, perSigma), read(error, token * D, perSigma), columns.map { Double(b.values[$0]) },
        ]
        return Side(features: active, terms: terms, sum: terms.dropFirst().reduce(sum) { zip($0, $1).map(+) })
    }

    /// The scaled product of two vectors.
    private func product(_ a: [Double], _ b: [Double]) -> Double { attn_scale * zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
}
