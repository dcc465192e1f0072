import Kernels
import Tensors
import Testing

/// A sparse autoencoder's step on its active features.
@Suite struct FeatureRowsTests {
    private static let F = 70, D = 19, N = 23
    private static let adam = SecondMoment(beta2: 0.99)

    /// Random active features of tokens, by token and by feature; some features never, two of them always.
    fileprivate struct Batch {
        var rows = SparseRows()
        let offsets: [Int], tokens: [Int32], values: [Float]
        let x: [Float], gradient: [Float]

        init(using generator: inout RandomGenerator) {
            var lists = [[(Int32, Float)]](repeating: [], count: F)
            for token in 0..<N {
                for feature in 0..<F where feature < 2 || (feature % 3 != 0 && generator.uniform() < 0.1) {
                    let f = generator.uniform() + 0.1
                    lists[feature].append((Int32(token), f))
                    rows.append(Int32(feature), f)
                }
                rows.endRow()
            }
            offsets = lists.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
            tokens = lists.joined().map(\.0)
            values = lists.joined().map(\.1)
            x = (0..<N * D).map { _ in Float(generator.normal()) }
            gradient = (0..<N * D).map { _ in Float(generator.normal()) }
        }

        func entries(penalty: Float) -> FeatureEntries {
            FeatureEntries(offsets: offsets, tokens: tokens, values: values, gradient: gradient, penalty: penalty)
        }
    }

    private static func weights(using generator: inout RandomGenerator) -> FeatureBuffers {
        var weights = FeatureBuffers(zeros: F, width: D)
        for place in weights.W_enc.indices { weights.W_enc[place] = Float(generator.normal()) }
        for place in weights.b_enc.indices { weights.b_enc[place] = Float(generator.normal()) }
        for feature in 0..<F {
            let row = (0..<D).map { _ in Float(generator.normal()) }, norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for column in 0..<D { weights.W_dec[feature * D + column] = row[column] / norm }
        }
        return weights
    }

    /// One feature's step in double precision.
    private static func twin(
        _ feature: Int, _ batches: [(Batch, Float)], x: [Float], _ weights: FeatureBuffers, _ moments: FeatureBuffers, idle: Int,
        rate: Double, step: Int
    ) -> (W_enc: [Double], b_enc: Double, W_dec: [Double], second: [Double], g_b: Double) {
        let row = feature * D..<(feature + 1) * D
        var w_enc = weights.W_enc[row].map(Double.init), w_dec = weights.W_dec[row].map(Double.init)
        var g_enc = [Double](repeating: 0, count: D), g_dec = g_enc, g_b = 0.0
        for (batch, penalty) in batches {
            for entry in batch.offsets[feature]..<batch.offsets[feature + 1] {
                let token = Int(batch.tokens[entry]), f = Double(batch.values[entry])
                let gradient = (0..<D).map { Double(batch.gradient[token * D + $0]) }
                let slope = zip(gradient, w_dec).reduce(Double(penalty)) { $0 + $1.0 * $1.1 }
                g_b += slope
                for column in 0..<D {
                    g_dec[column] += f * gradient[column]
                    g_enc[column] += slope * Double(x[token * D + column])
                }
            }
        }
        let along = zip(g_dec, w_dec).reduce(0) { $0 + $1.0 * $1.1 }
        for column in 0..<D { g_dec[column] -= along * w_dec[column] }
        let settings = adam, beta = Double(settings.beta2), scale = 1 / (1 - power(beta, step)).squareRoot()
        func stepped(_ w: Double, _ v: Float, _ g: Double) -> (Double, Double) {
            let v = beta * Double(v) * power(beta, idle) + (1 - beta) * g * g
            return (w - rate * g / (v.squareRoot() * scale + Double(settings.epsilon)), v)
        }
        var second: [Double] = []
        for column in 0..<D {
            let place = feature * D + column
            let encoder = stepped(w_enc[column], moments.W_enc[place], g_enc[column])
            let decoder = stepped(w_dec[column], moments.W_dec[place], g_dec[column])
            (w_enc[column], w_dec[column]) = (encoder.0, decoder.0)
            second.append(decoder.1)
        }
        let norm = w_dec.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let b = stepped(Double(weights.b_enc[feature]), moments.b_enc[feature], g_b).0
        return (w_enc, b, w_dec.map { $0 / norm }, second, g_b)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }

    @Test func `three steps are those of a twin in double precision, with a second list in the last`() {
        var generator = RandomGenerator(seed: 4)
        var weights = Self.weights(using: &generator), moments = FeatureBuffers(zeros: Self.F, width: Self.D)
        var idle = [Int32](repeating: 0, count: Self.F)
        for step in 1...3 {
            let batch = Batch(using: &generator), second = Batch(using: &generator)
            var lists = [(batch, Float(0.3))]
            if step == 3 { lists.append((second, Float(0))) }
            let (before, momentsBefore, idleBefore) = (weights, moments, idle)
            var bias = [Float](repeating: 1, count: Self.D), expectedBias = [Double](repeating: 1, count: Self.D)
            stepFeatures(
                lists.map { $0.0.entries(penalty: $0.1) }, x: batch.x, weights: &weights, moments: &moments, idle: &idle,
                adam: Self.adam, learningRate: 0.01, step: step, db_dec: &bias)
            for feature in 0..<Self.F {
                let row = feature * Self.D..<(feature + 1) * Self.D
                if lists.allSatisfy({ $0.0.offsets[feature] == $0.0.offsets[feature + 1] }) {
                    #expect(weights.W_enc[row] == before.W_enc[row] && weights.W_dec[row] == before.W_dec[row])
                    #expect(idle[feature] == idleBefore[feature] + 1)
                    continue
                }
                let expected = Self.twin(
                    feature, lists, x: batch.x, before, momentsBefore, idle: Int(idleBefore[feature]), rate: 0.01, step: step)
                // Single precision, and sums of at most some fifty terms.
                for (column, place) in row.enumerated() {
                    #expect(abs(Double(weights.W_enc[place]) - expected.W_enc[column]) < 2e-6)
                    #expect(abs(Double(weights.W_dec[place]) - expected.W_dec[column]) < 2e-6)
                    #expect(abs(Double(moments.W_dec[place]) - expected.second[column]) < 1e-5 * (1 + expected.second[column]))
                    expectedBias[column] -= expected.g_b * Double(before.W_enc[place])
                }
                #expect(abs(Double(weights.b_enc[feature]) - expected.b_enc) < 2e-6 && idle[feature] == 0)
            }
            for column in 0..<Self.D { #expect(abs(Double(bias[column]) - expectedBias[column]) < 1e-4) }
        }
    }

    @Test func `what a feature's moments have missed is made up to the bit`() {
        var generator = RandomGenerator(seed: 5)
        let batch = Batch(using: &generator), none = Batch.empty
        var weights = Self.weights(using: &generator), moments = FeatureBuffers(zeros: Self.F, width: Self.D)
        var idle = [Int32](repeating: 0, count: Self.F), bias = [Float](repeating: 0, count: Self.D)
        func step(_ entries: FeatureEntries, _ number: Int) {
            stepFeatures(
                [entries], x: batch.x, weights: &weights, moments: &moments, idle: &idle, adam: Self.adam, learningRate: 0.01,
                step: number, db_dec: &bias)
        }
        step(batch.entries(penalty: 0), 1)
        // A twin that touches every moment at every step.
        var eager = moments
        for number in 2...9 {
            step(none, number)
            for place in eager.W_enc.indices {
                eager.W_enc[place] *= Self.adam.beta2
                eager.W_dec[place] *= Self.adam.beta2
            }
            for place in eager.b_enc.indices { eager.b_enc[place] *= Self.adam.beta2 }
        }
        #expect(idle[0] == 8 && moments != eager)
        var (eagerWeights, eagerIdle) = (weights, [Int32](repeating: 0, count: Self.F))
        step(batch.entries(penalty: 0), 10)
        stepFeatures(
            [batch.entries(penalty: 0)], x: batch.x, weights: &eagerWeights, moments: &eager, idle: &eagerIdle, adam: Self.adam,
            learningRate: 0.01, step: 10, db_dec: &bias)
        #expect(weights == eagerWeights)
        for feature in 0..<Self.F where idle[feature] == 0 {
            let row = feature * Self.D..<(feature + 1) * Self.D
            #expect(moments.W_enc[row] == eager.W_enc[row] && moments.W_dec[row] == eager.W_dec[row])
        }
    }

    @Test func `the error of a reconstruction is that of a naive one`() {
        var generator = RandomGenerator(seed: 6)
        let batch = Batch(using: &generator), weights = Self.weights(using: &generator)
        let bias = (0..<Self.D).map { _ in Float(generator.normal()) }
        var gradient = [Float](repeating: 0, count: Self.N * Self.D), squares = [Float](repeating: 0, count: Self.N)
        reconstructionError(
            batch.rows, W_dec: weights.W_dec, b_dec: bias, truth: batch.x, factor: 0.25, gradient: &gradient, squares: &squares)
        for token in 0..<Self.N {
            var square = 0.0
            for column in 0..<Self.D {
                var sum = Double(bias[column]) - Double(batch.x[token * Self.D + column])
                for entry in batch.rows.range(token) {
                    sum +=
                        Double(batch.rows.values[entry]) * Double(weights.W_dec[Int(batch.rows.indices[entry]) * Self.D + column])
                }
                square += sum * sum
                #expect(abs(Double(gradient[token * Self.D + column]) - 0.25 * sum) < 1e-5)
            }
            #expect(abs(Double(squares[token]) - square) < 1e-5 * square)
        }
    }

    @Test func `the result does not depend on the number of threads`() {
        func run(_ threads: Int) -> (FeatureBuffers, [Float]) {
            setThreads(threads)
            var generator = RandomGenerator(seed: 7)
            let batch = Batch(using: &generator)
            var weights = Self.weights(using: &generator), moments = FeatureBuffers(zeros: Self.F, width: Self.D)
            var idle = [Int32](repeating: 0, count: Self.F), bias = [Float](repeating: 0, count: Self.D)
            stepFeatures(
                [batch.entries(penalty: 0.1)], x: batch.x, weights: &weights, moments: &moments, idle: &idle, adam: Self.adam,
                learningRate: 0.01, step: 1, db_dec: &bias)
            return (weights, bias)
        }
        let one = run(1), two = run(2)
        #expect(one == two)
    }
}

extension FeatureRowsTests.Batch {
    /// No feature at any token.
    fileprivate static var empty: FeatureEntries {
        FeatureEntries(
            offsets: Array(repeating: 0, count: 71), tokens: [], values: [], gradient: Array(repeating: 0, count: 23 * 19),
            penalty: 0)
    }
}
