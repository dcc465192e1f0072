import Kernels
import Tensors
import Testing

/// The rows of a map against loops over all pairs of tokens, for every way in which heads are held in registers, and where they are not.
@Suite struct MapRowsTests {
    static let T = 9, B = 3, n_Q = 7, n_K = 6

    /// A map without some pairs, and sparse features of some sequences.
    struct Problem {
        let H: Int
        let map: MapRows
        let mask, beta: [Float]
        let query, key: [SparseRows]

        init(H: Int, seed: UInt64) {
            var generator = RandomGenerator(seed: seed)
            func rows(_ features: Int) -> SparseRows {
                var rows = SparseRows()
                for _ in 0..<T {
                    for feature in 0..<features where generator.uniform() < 0.4 {
                        rows.append(Int32(feature), 0.5 + generator.uniform())
                    }
                    rows.endRow()
                }
                return rows
            }
            query = (0..<B).map { _ in rows(n_Q) }
            key = (0..<B).map { _ in rows(n_K) }
            var offsets = [0], keys: [Int32] = []
            for a in 0..<n_Q {
                // One row without any pair.
                for b in 0..<n_K where a != 3 && generator.uniform() < 0.7 { keys.append(Int32(b)) }
                offsets.append(keys.count)
            }
            func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in generator.uniform() - 0.5 } }
            self.H = H
            map = MapRows(offsets: offsets, keys: keys, values: numbers(keys.count * H), n_heads: H)
            mask = numbers(keys.count * H).map { $0 + 0.5 }
            beta = numbers(n_K * H)
        }

        var columns: SequenceColumns { SequenceColumns(query, features: n_Q) }
        var tokens: SequenceTokens { SequenceTokens(key, features: n_K) }

        /// Calls `body` with each entry and each causal pair of tokens at which it acts: entry, sequence, i, j, head, f·f.
        func forEachTerm(_ body: (Int, Int, Int, Int, Int, Double) -> Void) {
            for s in 0..<B {
                for i in 0..<T {
                    for j in 0...i {
                        for x in query[s].range(i) {
                            for y in key[s].range(j) {
                                let a = Int(query[s].indices[x]), b = key[s].indices[y]
                                let f = Double(query[s].values[x]) * Double(key[s].values[y])
                                for p in map.offsets[a]..<map.offsets[a + 1] where map.keys[p] == b {
                                    for h in 0..<H { body(p * H + h, s, i, j, h, f) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 8, 12, 16, 20, 25]) func `scores are the sums over all active pairs`(_ H: Int) {
        let problem = Problem(H: H, seed: UInt64(H)), size = Self.T * Self.T * H
        var expected = [Double](repeating: 0, count: Self.B * size)
        problem.forEachTerm { entry, s, i, j, h, f in
            expected[s * size + (i * Self.T + j) * H + h] += f * Double(problem.map.values[entry]) * Double(problem.mask[entry])
        }
        for s in 0..<Self.B {
            for i in 0..<Self.T {
                for j in 0...i {
                    for y in problem.key[s].range(j) {
                        for h in 0..<H {
                            expected[s * size + (i * Self.T + j) * H + h] +=
                                Double(problem.key[s].values[y]) * Double(problem.beta[Int(problem.key[s].indices[y]) * H + h])
                        }
                    }
                }
            }
        }
        for sequences in [0..<Self.B, 1..<2] {
            var scores = [Float](repeating: 0, count: sequences.count * size)
            var span = scores.mutableSpan
            problem.map.scores(
                mask: problem.mask.span, beta: problem.beta.span, queries: problem.columns, keys: problem.tokens,
                sequences: sequences, into: &span)
            for place in scores.indices {
                #expect(abs(Double(scores[place]) - expected[sequences.lowerBound * size + place]) < 1e-4, "\(H) heads, \(place)")
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 8, 12, 16, 20, 25]) func `the gradient is the sum over all active pairs`(_ H: Int) {
        let problem = Problem(H: H, seed: UInt64(H)), size = Self.T * Self.T * H
        var generator = RandomGenerator(seed: 99)
        let G = (0..<Self.B * size).map { _ in generator.uniform() - 0.5 }
        var expected = problem.mask.map(Double.init)
        problem.forEachTerm { entry, s, i, j, h, f in
            expected[entry] += f * Double(G[s * size + (i * Self.T + j) * H + h])
        }
        var sums = problem.mask
        var span = sums.mutableSpan
        problem.map.addGradient(G.span, queries: problem.columns, keys: problem.tokens, to: &span)
        for (sum, want) in zip(sums, expected) { #expect(abs(Double(sum) - want) < 1e-4, "\(H) heads") }
    }

    @Test func `a step on a map without pairs does nothing`() {
        let empty = MapRows(offsets: Array(repeating: 0, count: Self.n_Q + 1), keys: [], values: [], n_heads: 2)
        let problem = Problem(H: 2, seed: 5), size = Self.T * Self.T * 2
        var mask: [Float] = [], first: [Float] = [], second: [Float] = [], scores = [Float](repeating: 7, count: Self.B * size)
        var m = mask.mutableSpan, m1 = first.mutableSpan, m2 = second.mutableSpan, s = scores.mutableSpan
        let G = [Float](repeating: 1, count: Self.B * size)
        let update = MaskUpdate(attn_scale: 1, lambda: 1, epsilon: 1e-6, adam: Adam(), learningRate: 1, number: 1)
        let outcome = empty.updateMask(
            G.span, queries: problem.columns, keys: problem.tokens, carried: nil, update: update, mask: &m, first: &m1,
            second: &m2)
        #expect(outcome.penalty == 0 && outcome.entries == 0)
        let beta = [Float](repeating: 0, count: Self.n_K * 2)
        empty.scores(
            mask: [Float]().span, beta: beta.span, queries: problem.columns, keys: problem.tokens, sequences: 0..<Self.B, into: &s
        )
        for i in 0..<Self.T { for j in 0...i { #expect(scores[(i * Self.T + j) * 2] == 0) } }
    }

    @Test(arguments: [1, 4, 12, 17]) func `heads go outward and come back`(_ H: Int) {
        var generator = RandomGenerator(seed: 3)
        let T = 21, first = 4, rows = 6
        let scores = (0..<rows * T * H).map { _ in generator.uniform() }
        var heads = [Float](repeating: -1, count: H * rows * T), back = [Float](repeating: -1, count: rows * T * H)
        var out = heads.mutableSpan
        headsOutward(scores.span, first: first, length: T, n_heads: H, scale: 2, into: &out)
        var inner = back.mutableSpan
        headsInward(heads.span, first: first, length: T, n_heads: H, into: &inner)
        for r in 0..<rows {
            for j in 0..<T {
                for h in 0..<H {
                    let isSeen = j <= first + r
                    #expect(heads[(h * rows + r) * T + j] == (isSeen ? 2 * scores[(r * T + j) * H + h] : -1))
                    #expect(back[(r * T + j) * H + h] == (isSeen ? 2 * scores[(r * T + j) * H + h] : -1))
                }
            }
        }
    }
}
