public import Dictionaries
public import GPT2
private import Kernels
public import Tensors

/// What a prompt's looks are explained from: one layer's queries, keys and features, and the model's own scores and pattern.
public struct AttentionLook: Sendable {
    private let activations: LayerActivations
    private let sequence: EncodedSequence
    private let dictionary: TranscoderPair
    private var scale: Float { activations.attn_scale }

    /// The number of tokens.
    public var T: Int { activations.T }
    /// [T, H, K] the model's own queries.
    public var q: Tensor { activations.q }
    /// [T, H, K] the model's own keys.
    public var k: Tensor { activations.k }
    /// [H, T, T] the model's own scores, scaled.
    public var attn_scores: Tensor { activations.attn_scores }
    /// [H, T, T] the model's own pattern.
    public var pattern: Tensor { activations.pattern }
    /// The active features of the query side, a row per token.
    public var query: SparseRows { sequence.query }
    /// The active features of the key side, a row per token.
    public var key: SparseRows { sequence.key }

    /// Encodes both sides.
    ///
    /// - Parameters:
    ///   - activations: A layer's, of a prompt.
    ///   - dictionary: Trained on that layer of that model.
    public init(_ activations: LayerActivations, _ dictionary: TranscoderPair) {
        self.init(activations, EncodedSequence(dictionary, x: activations.x.values.span), dictionary)
    }

    /// A look at activations that are encoded already.
    package init(_ activations: LayerActivations, _ sequence: EncodedSequence, _ dictionary: TranscoderPair) {
        (self.activations, self.sequence, self.dictionary) = (activations, sequence, dictionary)
    }

    /// Runs the model up to the layer's pattern and encodes both sides.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - dictionary: Trained on that layer of that model.
    ///   - layer: The layer.
    ///   - tokens: [T].
    /// - Throws: ``GPT2Error``.
    public init(_ model: GPT2Model, _ dictionary: TranscoderPair, layer: Int, tokens: [Int32]) throws {
        self.init(try LayerActivations(model, layer: layer, tokens: tokens), dictionary)
    }

    /// The decomposition of one score.
    ///
    /// - Precondition: `source <= destination < T`, and the head exists.
    /// - Complexity: O(active pairs · K).
    public func decomposition(head: Int, destination: Int, source: Int) -> ScoreDecomposition {
        let queries = row(query, destination, dictionary.query.W_dec, head), keys = row(key, source, dictionary.key.W_dec, head)
        let ownQuery = vector(q, destination, head), ownKey = vector(k, source, head)
        let queryTerms = terms(ownQuery, queries, bias: dictionary.query.b_out, head)
        let keyTerms = terms(ownKey, keys, bias: dictionary.key.b_out, head)
        let blocks = ScoreDecomposition.Term.allCases.enumerated().flatMap { (i, queryTerm) in
            ScoreDecomposition.Term.allCases.enumerated().map { (j, keyTerm) in
                ScoreDecomposition.Block(query: queryTerm, key: keyTerm, value: product(queryTerms[i], keyTerms[j]))
            }
        }
        let pairs = queries.flatMap { a in
            keys.map { b in
                ScoreDecomposition.Pair(
                    query: a.feature, key: b.feature, queryActivation: a.activation, keyActivation: b.activation,
                    contribution: product(a.direction, b.direction) * Double(a.activation) * Double(b.activation))
            }
        }
        func marginals(_ features: [ActiveFeature], _ other: [Double]) -> [ScoreDecomposition.Marginal] {
            features.map {
                ScoreDecomposition.Marginal(
                    feature: $0.feature, activation: $0.activation,
                    contribution: product($0.direction, other) * Double($0.activation))
            }
        }
        return ScoreDecomposition(
            score: Double(attn_scores.values[(head * T + destination) * T + source]), blocks: blocks, pairs: pairs,
            queryFeatures: marginals(queries, ownKey), keyFeatures: marginals(keys, ownQuery))
    }

    /// What the parts of a head's scores from one destination add at each source.
    ///
    /// - Precondition: `destination < T`, and the head exists.
    /// - Complexity: O(active features · K) over all sources.
    public func sums(head: Int, destination: Int) -> ScoreSums {
        let queries = row(query, destination, dictionary.query.W_dec, head)
        let own = terms(vector(q, destination, head), queries, bias: dictionary.query.b_out, head)
        var sums = ScoreSums()
        for source in 0...destination {
            let keys = row(key, source, dictionary.key.W_dec, head)
            let other = terms(vector(k, source, head), keys, bias: dictionary.key.b_out, head)
            let known = zip(own[0], own[1]).map(+), whole = zip(other[0], other[1]).map(+)
            sums.features.append(product(own[0], other[0]))
            sums.biases.append(product(own[0], other[1]) + product(own[1], whole))
            sums.errors.append(product(own[2], whole) + product(known, other[2]) + product(own[2], other[2]))
        }
        return sums
    }

    /// How much of the attention to `source` a pair is responsible for: the pattern less what it would be without the pair.
    ///
    /// - Returns: A − A′ at the source, in closed form, for the pair removed at this destination from every source where it acts.
    public func effect(of pair: ScoreDecomposition.Pair, head: Int, destination: Int, source: Int) -> Double {
        let F_Q = direction(dictionary.query.W_dec, pair.query, head), F_K = direction(dictionary.key.W_dec, pair.key, head)
        let strength = product(F_Q, F_K) * Double(pair.queryActivation)
        let row = (head * T + destination) * T
        let removed = (0...destination).map { j in
            key.range(j).first { key.indices[$0] == pair.key }.map { strength * Double(key.values[$0]) } ?? 0
        }
        let A = (0...destination).map { Double(pattern.values[row + $0]) }
        return A[source] - patternWithout(removed, A)[source]
    }

    /// [H, T, T] the pattern that a stage rebuilds.
    ///
    /// - Parameter map: A trained map, for the stage `masked_map`.
    public func pattern(_ stage: PatternStage, map: FeatureMap?) -> Tensor {
        var pattern = sequence.scores(stage, map: map, scale: scale)
        for row in 0..<pattern.count / T {
            var whole = pattern.values.mutableSpan
            var visible = whole.part(row * T..<row * T + row % T + 1)
            softmax(&visible)
            for masked in row * T + row % T + 1..<(row + 1) * T { whole[masked] = 0 }
        }
        return pattern
    }

    /// The source that the head attends to most from a destination.
    public func strongestSource(head: Int, destination: Int) -> Int {
        let row = (head * T + destination) * T
        return (0...destination).max { pattern.values[row + $0] < pattern.values[row + $1] } ?? destination
    }
}

/// A feature that is active at a token, with its decoder direction for one head.
private struct ActiveFeature {
    let feature: Int32
    let activation: Float
    /// [K] the decoder row.
    let direction: [Double]
}

extension AttentionLook {
    private func row(_ rows: SparseRows, _ token: Int, _ W_dec: [Float], _ head: Int) -> [ActiveFeature] {
        rows.range(token).map {
            ActiveFeature(
                feature: rows.indices[$0], activation: rows.values[$0], direction: direction(W_dec, rows.indices[$0], head))
        }
    }

    /// [K] a feature's decoder row for one head.
    private func direction(_ W_dec: [Float], _ feature: Int32, _ head: Int) -> [Double] {
        let (H, K) = (q.shape[1], q.shape[2])
        let start = (Int(feature) * H + head) * K
        return W_dec[start..<start + K].map(Double.init)
    }

    /// [K] the model's own query or key.
    private func vector(_ tensor: Tensor, _ token: Int, _ head: Int) -> [Double] {
        let (H, K) = (tensor.shape[1], tensor.shape[2])
        let start = (token * H + head) * K
        return tensor.values[start..<start + K].map(Double.init)
    }

    /// The sum over features, the bias, and the error: three vectors [K] that sum to the model's own.
    private func terms(_ own: [Double], _ features: [ActiveFeature], bias: [Float], _ head: Int) -> [[Double]] {
        let K = own.count
        var sum = [Double](repeating: 0, count: K)
        for feature in features {
            for index in 0..<K { sum[index] += Double(feature.activation) * feature.direction[index] }
        }
        let offset = (0..<K).map { Double(bias[head * K + $0]) }
        return [sum, offset, (0..<K).map { own[$0] - sum[$0] - offset[$0] }]
    }

    /// The scaled product of two vectors.
    private func product(_ a: [Double], _ b: [Double]) -> Double {
        Double(scale) * zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
