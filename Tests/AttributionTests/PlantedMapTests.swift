import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Kernels
import Tensors
import Testing

// The whole method on a model whose map is known:
//
// 1. Transcoders are trained on random token sequences, then the mask on the support of such sequences.
// 2. A learned feature is named after the planted one whose presence its activation goes with best over all tokens, if the
//    correlation is at least 0.9. Several learned features may have one name; a feature that goes with none has none.
// 3. The surviving entries are ranked by expected contribution; entries that name the same triple count once, at the first; an entry
//    with a nameless feature, or one that lowers scores where every planted one raises them, names nothing and is wrong.
// 4. Going down the ranking until 95 % of the planted triples have been named, the precision is the share of what was passed that is
//    planted.

/// What a training has found.
private struct Recovery {
    /// Planted triples among the first entries, as many as were planted.
    let recall: Double
    /// The share of planted triples among the entries down to the one with which 95 % have been named; nil if they never are.
    let precision: Double?
    /// Surviving entries, merged.
    let surviving: Int
    /// Wrong ones among them.
    let wrong: Int

    static let shareToName = 0.95

    init(_ entries: [MapEntry], _ planted: PlantedModel, queryNames: [Int?], keyNames: [Int?]) {
        let truth = Set(planted.triples)
        var named: Set<PlantedModel.Triple> = [], correct = 0, passed = 0, recall = 0.0, precision: Double?
        for entry in entries.sorted(by: { $0.expectedContribution > $1.expectedContribution }) {
            if entry.M > 0, let query = queryNames[entry.queryFeature], let key = keyNames[entry.keyFeature] {
                let triple = PlantedModel.Triple(query: query, key: key, head: entry.head)
                guard named.insert(triple).inserted else { continue }
                if truth.contains(triple) { correct += 1 }
            }
            passed += 1
            if passed <= truth.count { recall = Double(correct) / Double(truth.count) }
            if precision == nil, Double(correct) >= Self.shareToName * Double(truth.count) {
                precision = Double(correct) / Double(passed)
            }
        }
        (self.recall, self.precision, surviving, wrong) = (recall, precision, passed, passed - correct)
    }
}

/// Training on the planted model.
private struct PlantedTraining {
    let planted: PlantedModel
    private var generator: RandomGenerator

    private static let sequences = 8, d_sae = 40, steps = 2500, supportBatches = 20, maskSteps = 500
    private static let leastCorrelation = 0.9

    init(seed: UInt64) throws {
        // The products are too small to be worth sharing between threads, and the seeds run side by side.
        setThreads(1)
        planted = try PlantedModel(seed: seed)
        generator = RandomGenerator(seed: seed &+ 1)
    }

    /// Sequences of tokens drawn evenly.
    private mutating func batch() throws -> PatternBatch {
        let vocabulary = UInt64(planted.featuresOfToken.count), T = PlantedModel.T
        let tokens = (0..<Self.sequences * T).map { _ in Int32(generator.next() % vocabulary) }
        return try patternBatch(planted.model, layer: 0, TokenBatch(tokens, B: Self.sequences, T: T))
    }

    /// What is found after both trainings, or with a trained mask on untrained transcoders.
    mutating func recovery(trainsTranscoders: Bool = true) throws -> Recovery {
        var pair = freshDictionary(planted.model, d_sae: Self.d_sae, try batch(), seed: generator.next())
        if trainsTranscoders {
            try train(&pair, TrainingSchedule(steps: Self.steps, learningRate: 3e-3, lambda: 2e-2)) { _ in try batch() }
        }
        let map = try trainedMap(pair)
        let x = try everyToken()
        let (query, key) = (pair.query.encode(x.span), pair.key.encode(x.span))
        return Recovery(
            map.prune(meanQuery: meanActivations(query, Self.d_sae), meanKey: meanActivations(key, Self.d_sae)), planted,
            queryNames: names(query), keyNames: names(key))
    }

    private mutating func trainedMap(_ pair: TranscoderPair) throws -> FeatureMap {
        var builder = SupportBuilder(d_sae_query: Self.d_sae, d_sae_key: Self.d_sae)
        for _ in 0..<Self.supportBatches {
            let batch = MaskBatch(pair, try batch())
            for (query, key) in zip(batch.query, batch.key) { builder.add(query: query, key: key) }
        }
        let map = FeatureMap(pair, support: builder.support, attn_scale: planted.model.configuration.attn_scale(0))
        var trainer = MaskTrainer(map)
        for _ in 0..<Self.maskSteps {
            _ = trainer.step(MaskBatch(pair, try batch()), MaskCoefficients(lambda: 2e-4), learningRate: 2e-2)
        }
        return trainer.map.pruned()
    }

    /// [V, D] the normalised residual of each token.
    private func everyToken() throws -> [Float] {
        let tokens = Array(Int32(0)..<Int32(planted.featuresOfToken.count))
        return try patternBatch(planted.model, layer: 0, TokenBatch(tokens, B: tokens.count, T: 1)).x
    }

    /// [F] the planted feature that each learned one is named after.
    ///
    /// - Parameter activations: [V rows] of each token.
    private func names(_ activations: SparseRows) -> [Int?] {
        var dense = [[Double]](repeating: Array(repeating: 0, count: activations.rows), count: Self.d_sae)
        for token in 0..<activations.rows {
            for entry in activations.range(token) {
                dense[Int(activations.indices[entry])][token] = Double(activations.values[entry])
            }
        }
        let presence = (0..<PlantedModel.features).map { feature in
            planted.featuresOfToken.map { $0.contains(feature) ? 1.0 : 0.0 }
        }
        return dense.map { learned in
            let correlations = presence.map { correlation(learned, $0) }
            guard let best = correlations.indices.max(by: { correlations[$0] < correlations[$1] }) else { return nil }
            return correlations[best] >= Self.leastCorrelation ? best : nil
        }
    }
}

/// [F] the mean of each feature over all rows.
private func meanActivations(_ rows: SparseRows, _ d_sae: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: d_sae)
    for (index, value) in zip(rows.indices, rows.values) { sums[Int(index)] += Double(value) }
    return sums.map { Float($0 / Double(rows.rows)) }
}

/// Pearson's correlation; 0 where one side is constant.
private func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let n = Double(a.count), meanA = a.reduce(0, +) / n, meanB = b.reduce(0, +) / n
    var ab = 0.0, aa = 0.0, bb = 0.0
    for (x, y) in zip(a, b) {
        ab += (x - meanA) * (y - meanB)
        aa += (x - meanA) * (x - meanA)
        bb += (y - meanB) * (y - meanB)
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
}

@Suite struct PlantedMapTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func `the surviving map names the planted triples`(_ seed: UInt64) throws {
        var training = try PlantedTraining(seed: seed)
        let found = try training.recovery()
        let precision = try #require(found.precision, "95 % of the triples were never named; recall \(found.recall)")
        #expect(found.recall >= 0.95 && precision >= 0.95, "\(found)")
    }

    @Test func `untrained transcoders name next to nothing`() throws {
        var training = try PlantedTraining(seed: 1)
        let found = try training.recovery(trainsTranscoders: false)
        #expect(found.recall < 0.1 && found.precision == nil, "\(found)")
    }

    @Test func `the model scores as it was planted`() throws {
        let planted = try PlantedModel(seed: 1), T = PlantedModel.T
        let tokens = Fixtures.randomTokens(T, planted.model, seed: 2)
        let name = ActivationName(.attn_scores, 0)
        let scores = try planted.model.forward(TokenBatch(tokens), capture: [name])[name]
        var planting = 0
        for head in 0..<PlantedModel.n_heads {
            let triples = planted.triples.filter { $0.head == head }
            for i in 0..<T {
                for j in 0...i {
                    let (query, key) = (planted.featuresOfToken[Int(tokens[i])], planted.featuresOfToken[Int(tokens[j])])
                    let active = triples.count { query.contains($0.query) && key.contains($0.key) }
                    let score = scores.values[(head * T + i) * T + j]
                    // Strengths lie in 2.5..<4.5; LayerNorm's epsilon takes off 0.02 %.
                    #expect(score > 2.49 * Float(active) - 1e-3 && score < 4.5 * Float(active) + 1e-3)
                    planting += active
                }
            }
        }
        #expect(planting > 0)
    }
}
