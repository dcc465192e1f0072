import Dictionaries
import Tensors
import Testing

/// A trained small dictionary, some of its data, and the support of that data.
struct SmallMap {
    let problem = SmallProblem(shape: TranscoderShape(d_model: 24, d_sae: 40, n_heads: 2, d_head: 8), B: 3, T: 12)
    let pair: TranscoderPair
    let batches: [MaskBatch]
    let support: Support

    init() {
        let problem = problem
        var pair = problem.trained(steps: 150)
        // So few active features that some pairs never meet.
        for a in 0..<40 {
            pair.query.b_enc[a] -= 1.5
            pair.key.b_enc[a] -= 1.5
        }
        self.pair = pair
        batches = (0..<2).map { MaskBatch(pair, problem.batch(seed: $0)) }
        var builder = SupportBuilder(d_sae_query: 40, d_sae_key: 40)
        for batch in batches { for s in batch.query.indices { builder.add(query: batch.query[s], key: batch.key[s]) } }
        support = builder.support
    }

    /// The pairs that are co-active by the definition.
    var pairs: Set<[Int]> {
        var pairs: Set<[Int]> = []
        for batch in batches {
            for (f_Q, f_K) in zip(batch.query, batch.key) {
                for i in 0..<f_Q.rows {
                    for j in 0...i {
                        for a in f_Q.indices[f_Q.range(i)] {
                            for b in f_K.indices[f_K.range(j)] { pairs.insert([Int(a), Int(b)]) }
                        }
                    }
                }
            }
        }
        return pairs
    }
}

@Suite struct FeatureMapTests {
    @Test func `the support is exactly the pairs that are active together with the key not after the query`() {
        let small = SmallMap(), expected = small.pairs
        var got: [[Int]] = []
        for a in 0..<40 {
            let keys = small.support.keys[small.support.range(a)]
            #expect(keys.elementsEqual(keys.sorted()))
            got += keys.map { [a, Int($0)] }
        }
        #expect(got.count == expected.count && Set(got) == expected)
        #expect(got.count < 1200 && got.count > 200, "\(got.count)")
    }

    @Test func `a query does not see the keys after it`() {
        var builder = SupportBuilder(d_sae_query: 3, d_sae_key: 130)
        let query = SparseRows(offsets: [0, 1, 2], indices: [0, 2], values: [1, 1])
        let key = SparseRows(offsets: [0, 1, 3], indices: [129, 5, 64], values: [1, 1, 1])
        builder.add(query: query, key: key)
        let early = SparseRows(offsets: [0, 1, 1], indices: [1], values: [1])
        let late = SparseRows(offsets: [0, 0, 1], indices: [7], values: [1])
        builder.add(query: early, key: late)
        #expect(builder.support == Support(d_sae_key: 130, offsets: [0, 1, 1, 4], keys: [129, 5, 64, 129]))
    }

    @Test func `sparse scores are the dense ones`() {
        let small = SmallMap()
        var map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale),
            twin = MapTwin(small.pair, attn_scale: small.problem.attn_scale), generator = RandomGenerator(seed: 3)
        for a in 0..<40 {
            for pair in small.support.range(a) {
                for h in 0..<2 {
                    map.mask[pair * 2 + h] = generator.uniform()
                    twin.mask[a][Int(small.support.keys[pair])][h] = Double(map.mask[pair * 2 + h])
                }
            }
        }
        for (f_Q, f_K) in zip(small.batches[0].query, small.batches[0].key) {
            let got = map.scores(query: f_Q, key: f_K), want = twin.scores(f_Q, f_K)
            let magnitudes = twin.scores(f_Q, f_K, magnitude: true), T = f_Q.rows
            for h in 0..<2 {
                for i in 0..<T {
                    for j in 0..<T {
                        let error = abs(Double(got[(h * T + i) * T + j]) - (j <= i ? want[h][i][j] : 0))
                        #expect(error <= (j <= i ? 1e-5 * magnitudes[h][i][j] : 0))
                    }
                }
            }
        }
    }

    @Test func `with a mask of ones the map's pattern is the transcoders'`() {
        let small = SmallMap(), map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale),
            T = small.problem.T
        for (f_Q, f_K) in zip(small.batches[1].query, small.batches[1].key) {
            let q_hat = small.pair.query.decode(f_Q), k_hat = small.pair.key.decode(f_K)
            let transcoders = attentionScores(
                q: q_hat.span, k: k_hat.span, n_heads: 2, d_head: 8, attn_scale: small.problem.attn_scale)
            let scores = map.scores(query: f_Q, key: f_K)
            for h in 0..<2 {
                for i in 0..<T {
                    let row = (h * T + i) * T..<(h * T + i) * T + i + 1
                    let A = softmax(transcoders[row].map(Double.init)), A_hat = softmax(scores[row].map(Double.init))
                    for (a, b) in zip(A, A_hat) { #expect(abs(a - b) < 1e-4) }
                }
            }
        }
    }

    @Test func `pairs that are never active together change nothing`() {
        let small = SmallMap()
        let all = Support(d_sae_key: 40, offsets: (0...40).map { $0 * 40 }, keys: (0..<1600).map { Int32($0 % 40) })
        let whole = FeatureMap(small.pair, support: all, attn_scale: small.problem.attn_scale),
            map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale)
        #expect(small.support.count < all.count)
        for (f_Q, f_K) in zip(small.batches[0].query, small.batches[0].key) {
            #expect(map.scores(query: f_Q, key: f_K) == whole.scores(query: f_Q, key: f_K))
        }
    }

    @Test func `pruning keeps the survivors and their scores`() {
        let small = SmallMap()
        var map = FeatureMap(small.pair, support: small.support, attn_scale: small.problem.attn_scale),
            generator = RandomGenerator(seed: 4)
        for entry in map.mask.indices { map.mask[entry] = max(0, 3 * generator.uniform() - 2) }
        let meanQuery = (0..<40).map { Float($0) }, meanKey = (0..<40).map { Float(2 * $0) }
        let entries = map.prune(meanQuery: meanQuery, meanKey: meanKey), pruned = map.pruned()
        #expect(entries.count == map.mask.count { $0 > 0 } && !entries.isEmpty)
        #expect(pruned.support.count < map.support.count)
        #expect(pruned.prune(meanQuery: meanQuery, meanKey: meanKey) == entries)
        let twin = MapTwin(small.pair, attn_scale: small.problem.attn_scale)
        for entry in entries {
            let M = twin.M[entry.queryFeature][entry.keyFeature][entry.head]
            #expect(abs(Double(entry.M) - M) < 1e-5)
            let expected = abs(M) * Double(entry.mask) * Double(entry.queryFeature) * Double(2 * entry.keyFeature)
            #expect(abs(Double(entry.expectedContribution) - expected) <= 1e-4 * (expected + 1))
        }
        let (f_Q, f_K) = (small.batches[0].query[0], small.batches[0].key[0])
        #expect(pruned.scores(query: f_Q, key: f_K) == map.scores(query: f_Q, key: f_K))
    }
}
