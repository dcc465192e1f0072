import Glibc
import Kernels
import Testing

/// The softmax of a row's scores in double precision.
private func softmax(_ scores: ArraySlice<Float>) -> [Double] {
    let exponentials = scores.map { exp(Double($0)) }
    return exponentials.map { $0 / exponentials.reduce(0, +) }
}

@Suite struct PatternDivergenceTests {
    /// Blocks at the start, in the middle, of one row, with more stride than keys.
    @Test(arguments: [(rows: 1, first: 0, stride: 1), (64, 0, 64), (20, 64, 100), (7, 33, 40)])
    func `divergences and gradients are their definitions`(_ block: (rows: Int, first: Int, stride: Int)) {
        let count = block.rows * block.stride, weights: (Float, Float, Float) = (3, 1, 0.5)
        let inputs = (0..<4).map { normals(count, seed: $0 + 1, scale: 3) }
        var (truth, both, query, key) = (inputs[0], inputs[1], inputs[2], inputs[3])
        let sums = divergence(&truth, &both, &query, &key, block, weights)
        for (scores, got, weight, sum) in [
            (inputs[1], both, weights.0, sums.both), (inputs[2], query, weights.1, sums.query),
            (inputs[3], key, weights.2, sums.key),
        ] {
            var want = 0.0
            for row in 0..<block.rows {
                let keys = block.first + row + 1, start = row * block.stride
                let P = softmax(inputs[0][start..<start + keys]), Q = softmax(scores[start..<start + keys])
                want += zip(P, Q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
                for j in 0..<keys { #expect(abs(Double(got[start + j]) - Double(weight) * (Q[j] - P[j])) < 3e-6) }
                for j in keys..<max(keys, block.first + block.rows) { #expect(got[start + j] == 0) }
            }
            #expect(abs(sum - want) <= 2e-6 * want + 1e-6)
        }
        var (again, one) = (inputs[0], inputs[1])
        #expect(abs(divergence(&again, &one, block, weights.0) - sums.both) <= 1e-6 * sums.both + 1e-6)
        for row in 0..<block.rows {
            for column in row * block.stride..<row * block.stride + block.first + block.rows {
                #expect(abs(one[column] - both[column]) < 3e-6)
            }
        }
    }

    @Test func `scores a hundred apart neither overflow nor lose the row`() {
        var truth: [Float] = [0, 100, -100, 50], scores: [Float] = [100, 0, -100, 50]
        let sum = divergence(&truth, &scores, (rows: 1, first: 3, stride: 4), 1)
        #expect(abs(sum - 100) < 1e-4)
        #expect(abs(scores[0] - 1) < 1e-6 && abs(scores[1] + 1) < 1e-6 && abs(scores[2]) < 1e-6)
    }

    private func divergence(
        _ truth: inout [Float], _ both: inout [Float], _ query: inout [Float], _ key: inout [Float],
        _ block: (rows: Int, first: Int, stride: Int), _ weights: (Float, Float, Float)
    ) -> (both: Double, query: Double, key: Double) {
        var reconstructedKeys = both + key, trueKeys = query + truth
        let sums = divergence(&reconstructedKeys, &trueKeys, block, weights)
        (both, key) = (Array(reconstructedKeys.prefix(both.count)), Array(reconstructedKeys.suffix(key.count)))
        query = Array(trueKeys.prefix(query.count))
        return sums
    }

    private func divergence(
        _ reconstructedKeys: inout [Float], _ trueKeys: inout [Float], _ block: (rows: Int, first: Int, stride: Int),
        _ weights: (Float, Float, Float)
    ) -> (both: Double, query: Double, key: Double) {
        var reconstructedKeys = reconstructedKeys.mutableSpan, trueKeys = trueKeys.mutableSpan
        return patternDivergence(
            reconstructedKeys: &reconstructedKeys, trueKeys: &trueKeys, rows: block.rows, first: block.first,
            stride: block.stride, weights: weights)
    }

    private func divergence(
        _ truth: inout [Float], _ scores: inout [Float], _ block: (rows: Int, first: Int, stride: Int), _ weight: Float
    ) -> Double {
        var truth = truth.mutableSpan, scores = scores.mutableSpan
        return patternDivergence(
            truth: &truth, scores: &scores, rows: block.rows, first: block.first, stride: block.stride, weight: weight)
    }
}
