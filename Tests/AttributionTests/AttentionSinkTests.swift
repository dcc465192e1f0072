import Attribution
import Checkpoints
import Dictionaries
import Foundation
import GPT2
import Tensors
import Testing
import Tokenizer

@Suite struct AttentionSinkTests {
    /// The parts by definition in double precision, the integral by the midpoint rule with very many steps.
    @Test func `the shares are those of a plain integral over the parts' definition`() {
        let problem = ExampleWalkTests.Problem(seed: 21, strength: 2), T = problem.T, H = problem.H
        var generator = RandomGenerator(seed: 3)
        let plain = problem.map
        let map = FeatureMap(
            n_heads: H, d_head: 4, attn_scale: plain.attn_scale, support: plain.support, M: plain.M, mask: plain.mask,
            beta: plain.beta.map { _ in Float(generator.normal()) })
        let isDense = (0..<problem.n_Q).map { $0 % 3 == 0 }
        var sink = AttentionSink(map, isDense: isDense, threshold: 0.1)
        var expected = [[Double]](repeating: Array(repeating: 0, count: 6), count: H), sinks = [Double](repeating: 0, count: H)
        for context in 0..<2 {
            let tokens = context * T..<(context + 1) * T
            let scores = Array(problem.scores[context * H * T * T..<(context + 1) * H * T * T])
            sink.add(
                attn_scores: scores.map { Float($0) },
                query: ExampleWalkTests.Problem.rows(
                    Array(problem.query[tokens.lowerBound * problem.n_Q..<tokens.upperBound * problem.n_Q]), problem.n_Q),
                key: ExampleWalkTests.Problem.rows(
                    Array(problem.key[tokens.lowerBound * problem.n_K..<tokens.upperBound * problem.n_K]), problem.n_K))
            for h in 0..<H {
                var masses = 0.0
                for i in 1..<T {
                    let own = (0...i).map { scores[(h * T + i) * T + $0] }
                    let parts = parts(problem, map, isDense, context, h, i, own)
                    let rows = [own] + parts
                    let mass = ExampleWalkTests.Problem.softmax(own)[0]
                    masses += mass
                    let ofMap = ExampleWalkTests.Problem.softmax((0...i).map { rows[1][$0] + rows[2][$0] + rows[3][$0] })[0]
                    for (index, value) in ([mass, ofMap] + integral(own, parts)).enumerated() { expected[h][index] += value }
                }
                // The mean over all rows, the first of which looks at nothing else.
                if (masses + 1) / Double(T) > 0.1 { sinks[h] += 1 }
            }
        }
        let rows = Double(2 * (T - 1))
        for (h, head) in sink.heads.enumerated() {
            let found = [head.mass, head.massOfMap] + head.shares
            // Scores in single precision, of order 10.
            for (one, other) in zip(found, expected[h]) { #expect(abs(one - other / rows) < 2e-5) }
            #expect(head.sinkRate == sinks[h] / 2 && abs(head.residual) < 1e-5)
            #expect(abs(head.uniform - (2...T).reduce(0) { $0 + 1 / Double($1) } / Double(T - 1)) < 1e-12)
        }
        #expect(sink.contexts == 2)
    }

    /// The four parts of one row.
    private func parts(
        _ problem: ExampleWalkTests.Problem, _ map: FeatureMap, _ isDense: [Bool], _ context: Int, _ h: Int, _ i: Int,
        _ own: [Double]
    ) -> [[Double]] {
        let T = problem.T, H = problem.H, scale = Double(map.attn_scale)
        var parts = [[Double]](repeating: Array(repeating: 0, count: i + 1), count: 4)
        for j in 0...i {
            for b in 0..<problem.n_K {
                let g = Double(problem.key[(context * T + j) * problem.n_K + b])
                parts[0][j] += scale * g * Double(map.beta[b * H + h])
                for a in 0..<problem.n_Q {
                    let f = Double(problem.query[(context * T + i) * problem.n_Q + a])
                    for pair in map.support.range(a) where map.support.keys[pair] == Int32(b) {
                        let entry = pair * H + h
                        parts[isDense[a] ? 1 : 2][j] += scale * f * g * Double(map.M[entry]) * Double(map.mask[entry])
                    }
                }
            }
            parts[3][j] = own[j] - parts[0][j] - parts[1][j] - parts[2][j]
        }
        return parts
    }

    private func integral(_ own: [Double], _ parts: [[Double]]) -> [Double] {
        let steps = 400
        var sums = [Double](repeating: 0, count: parts.count)
        for step in 0..<steps {
            let alpha = (Double(step) + 0.5) / Double(steps)
            let A = ExampleWalkTests.Problem.softmax(own.map { alpha * $0 })
            for (index, part) in parts.enumerated() {
                sums[index] += A[0] * (part[0] - zip(A, part).reduce(0) { $0 + $1.0 * $1.1 }) / Double(steps)
            }
        }
        return sums
    }

    @Test func `on a trained model the parts sum to the mass, and the mass is the pattern's`() throws {
        let model = try Fixtures.demoModel(), layer = 2, T = 48, count = 4
        let tokens = try Fixtures.demoContexts(count, T: T).tokens()
        let sample = try patternBatch(model, layer: layer, TokenBatch(tokens, B: count, T: T))
        let dictionary = freshDictionary(model, d_sae: 32, sample, seed: 4)
        let all = (0..<32).flatMap { a in (0..<32).flatMap { b in (0..<4).map { (a, b, $0) } } }
        let map = FeatureMap(
            dictionary,
            entries: all.map {
                MapEntry(queryFeature: $0.0, keyFeature: $0.1, head: $0.2, M: 0, mask: 1, expectedContribution: 0)
            }, attn_scale: model.configuration.attn_scale(layer))
        var sink = AttentionSink(map, isDense: (0..<32).map { $0 < 16 }, threshold: 0.3), mass = [0.0, 0, 0, 0]
        for context in 0..<count {
            let look = try AttentionLook(model, dictionary, layer: layer, tokens: Array(tokens[context * T..<(context + 1) * T]))
            sink.add(attn_scores: look.attn_scores.values, query: look.query, key: look.key)
            for h in 0..<4 { for i in 1..<T { mass[h] += Double(look.pattern.values[(h * T + i) * T]) } }
        }
        for (h, head) in sink.heads.enumerated() {
            #expect(abs(head.mass - mass[h] / Double(count * (T - 1))) < 1e-5)
            #expect(abs(head.residual) < 1e-4 && head.shares.allSatisfy { $0 != 0 })
        }
    }
}
