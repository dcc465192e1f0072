import Attribution
import Checkpoints
import Dictionaries
import Foundation
import GPT2
import Kernels
import Tensors
import Testing
import Tokenizer

/// The walk against a twin that enumerates every place and takes every softmax anew.
@Suite struct ExampleWalkTests {
    /// A small map with negative entries, masked ones, and pairs in several heads; random features and scores; seeded.
    struct Problem {
        let T = 20, H = 3, n_Q = 7, n_K = 6, B = 5, d_vocab = 9
        let map: FeatureMap
        var tokens: [Int32] = []
        /// [B, H, T, T].
        var scores: [Double] = []
        var pattern: [Float] = []
        /// [B·T, n].
        var query: [Float] = [], key: [Float] = []

        init(seed: UInt64, strength: Double = 1) {
            var generator = RandomGenerator(seed: seed)
            let keys = (0..<n_Q).map { _ in (0..<6).filter { _ in generator.uniform() < 0.6 }.map { Int32($0) } }
            var offsets = [0]
            for row in keys { offsets.append(offsets[offsets.count - 1] + row.count) }
            let count = offsets[offsets.count - 1] * H
            map = FeatureMap(
                n_heads: H, d_head: 4, attn_scale: 0.5,
                support: Support(d_sae_key: n_K, offsets: offsets, keys: keys.flatMap { $0 }),
                M: (0..<count).map { _ in Float(strength * generator.normal()) },
                mask: (0..<count).map { _ in max(0, generator.uniform() - 0.3) }, beta: Array(repeating: 0, count: n_K * H))
            func features(_ n: Int) -> [Float] {
                (0..<B * T * n).map { _ in generator.uniform() < 0.3 ? 0.1 + generator.uniform() : 0 }
            }
            query = features(n_Q)
            key = features(n_K)
            tokens = (0..<B * T).map { $0 % T == 0 ? 0 : Int32(1 + generator.next() % UInt64(d_vocab - 1)) }
            scores = (0..<B * H * T * T).map { _ in 2 * generator.normal() }
            pattern = Array(repeating: 0, count: scores.count)
            for row in 0..<B * H * T {
                let visible = row * T..<row * T + row % T + 1
                for (index, A) in zip(visible, Self.softmax(Array(scores[visible]))) { pattern[index] = Float(A) }
            }
        }

        static func softmax(_ scores: [Double]) -> [Double] {
            let largest = scores.max() ?? 0, weights = scores.map { exp($0 - largest) }, sum = weights.reduce(0, +)
            return weights.map { $0 / sum }
        }

        static func rows(_ values: [Float], _ n: Int) -> SparseRows {
            var rows = SparseRows()
            for row in 0..<values.count / n {
                for feature in 0..<n where values[row * n + feature] > 0 {
                    rows.append(Int32(feature), values[row * n + feature])
                }
                rows.endRow()
            }
            return rows
        }

        /// The walk, `batch` contexts at a time.
        func walk(_ limits: ExampleLimits, batch: Int = 5, seed: UInt64 = 1) -> ExampleWalk {
            var walk = ExampleWalk(map, T: T, limits: limits, seed: seed)
            for first in stride(from: 0, to: B, by: batch) {
                let contexts = first..<min(first + batch, B), rows = contexts.lowerBound * T..<contexts.upperBound * T
                walk.add(
                    tokens: Array(tokens[rows]), pattern: Array(pattern[rows.lowerBound * H * T..<rows.upperBound * H * T]),
                    query: Self.rows(Array(query[rows.lowerBound * n_Q..<rows.upperBound * n_Q]), n_Q),
                    key: Self.rows(Array(key[rows.lowerBound * n_K..<rows.upperBound * n_K]), n_K))
            }
            return walk
        }

        /// Every place of a pair.
        func places(_ a: Int, _ b: Int) -> [ExamplePlace] {
            (0..<B).flatMap { context in
                (0..<T).flatMap { i in
                    (0...i).compactMap { j in
                        let f = query[(context * T + i) * n_Q + a], g = key[(context * T + j) * n_K + b]
                        if f == 0 || g == 0 { return nil }
                        return ExamplePlace(
                            context: UInt32(context), destination: UInt16(i), source: UInt16(j), queryActivation: f,
                            keyActivation: g)
                    }
                }
            }
        }

        /// A − A′ at a place, from two softmaxes of the whole row in double precision.
        func effect(_ weight: Float, _ b: Int, at place: ExamplePlace, head: Int) -> Double {
            let context = Int(place.context), i = Int(place.destination)
            let row = ((context * H + head) * T + i) * T
            let own = Array(scores[row...row + i])
            let without = own.indices.map {
                own[$0] - Double(weight) * Double(place.queryActivation) * Double(key[(context * T + $0) * n_K + b])
            }
            return Self.softmax(own)[Int(place.source)] - Self.softmax(without)[Int(place.source)]
        }
    }

    /// Strong maps remove nearly all of a row, or all but the pair's own sources: the sums of what is elsewhere are taken with care.
    @Test(arguments: [1, 8, 60] as [Double]) func `pairs are what a loop over all places finds`(_ strength: Double) throws {
        let problem = Problem(seed: 5, strength: strength), limits = ExampleLimits(examples: 6, sample: 4, tokens: 9)
        let walk = problem.walk(limits), map = problem.map
        var seen = 0
        walk.forEachPair { pair in
            seen += 1
            let places = problem.places(pair.query, pair.key)
            #expect(pair.places == places.count && pair.atFirst == places.count { $0.source == 0 })
            // Sums of a few hundred products in double precision.
            #expect(
                abs(pair.productSum - places.reduce(0) { $0 + Double($1.queryActivation) * Double($1.keyActivation) }) < 1e-9
                    * Double(places.count))
            var distances = Array(repeating: 0, count: DistanceBins.count(T: problem.T))
            for place in places {
                let distance = Int(place.destination) - Int(place.source)
                for bin in distances.indices where DistanceBins.distances(bin).contains(distance) { distances[bin] += 1 }
            }
            #expect(pair.distances == distances)
            expectTokens(pair.destinationTokens, places.map { problem.tokens[Int($0.context) * problem.T + Int($0.destination)] })
            expectTokens(pair.sourceTokens, places.map { problem.tokens[Int($0.context) * problem.T + Int($0.source)] })
            let products = places.map(\.product).sorted(by: >)
            #expect(pair.strongest.map(\.product) == Array(products.prefix(limits.examples)))
            #expect(Set(pair.strongest).count == pair.strongest.count && Set(pair.strongest).isSubset(of: places))
            #expect(pair.sample.count == min(limits.sample, places.count))
            #expect(Set(pair.sample).count == pair.sample.count && Set(pair.sample).isSubset(of: places))
            for head in pair.heads { expectHead(head, pair, places, problem, limits) }
        }
        let live = (0..<map.support.d_sae_query).flatMap { a in
            map.support.range(a).filter { pair in
                (0..<problem.H).contains { map.mask[pair * problem.H + $0] > 0 }
                    && !problem.places(a, Int(map.support.keys[pair])).isEmpty
            }
        }
        #expect(seen == live.count && seen > 10)
    }

    private func expectHead(
        _ head: PairExamples.Head, _ pair: PairExamples, _ places: [ExamplePlace], _ problem: Problem, _ limits: ExampleLimits
    ) {
        let map = problem.map
        let place = map.support.range(pair.query).first { map.support.keys[$0] == Int32(pair.key) }
        let entry = (place ?? 0) * problem.H + head.head
        #expect(head.weight == map.M[entry] * map.mask[entry] * map.attn_scale && map.mask[entry] > 0)
        let effect = { problem.effect(head.weight, pair.key, at: $0, head: head.head) }
        let all = places.map(effect)
        // The pattern is single precision; the effects keep six digits of it.
        let tolerance = 1e-5
        #expect(abs(head.effectSum - all.reduce(0, +)) < tolerance * Double(places.count))
        #expect(abs(head.effectMagnitude - all.reduce(0) { $0 + abs($1) }) < tolerance * Double(places.count))
        for (place, found) in zip(pair.strongest, head.effectsAtStrongest) {
            #expect(abs(Double(found) - effect(place)) < tolerance)
        }
        for (place, found) in zip(pair.sample, head.effectsAtSample) { #expect(abs(Double(found) - effect(place)) < tolerance) }
        #expect(head.effectsAtStrongest.count == pair.strongest.count && head.effectsAtSample.count == pair.sample.count)
        let greatest = all.map { abs($0) }.sorted(by: >).prefix(limits.examples)
        #expect(head.byEffect.count == greatest.count && Set(head.byEffect.map(\.place)).count == greatest.count)
        for (found, expected) in zip(head.byEffect, greatest) {
            #expect(abs(abs(Double(found.effect)) - expected) < tolerance)
            #expect(abs(Double(found.effect) - effect(found.place)) < tolerance)
        }
    }

    /// As many counters as there are tokens: exact.
    private func expectTokens(_ found: [TokenTally], _ tokens: [Int32]) {
        let counts = Dictionary(tokens.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.token, $0.count) }) == counts)
        #expect(found.allSatisfy { $0.excess == 0 } && zip(found, found.dropFirst()).allSatisfy { $0.count >= $1.count })
    }

    @Test func `with few counters counts are never too low, and never higher than they say`() {
        let problem = Problem(seed: 6), capacity = 4
        problem.walk(ExampleLimits(tokens: capacity)).forEachPair { pair in
            let counts = Dictionary(
                problem.places(pair.query, pair.key).map {
                    (problem.tokens[Int($0.context) * problem.T + Int($0.destination)], 1)
                }, uniquingKeysWith: +)
            #expect(pair.destinationTokens.count <= capacity)
            for tally in pair.destinationTokens {
                let count = counts[tally.token] ?? 0
                #expect(count <= tally.count && tally.count - tally.excess <= count)
            }
            let kept = Set(pair.destinationTokens.map(\.token))
            for (token, count) in counts where count * capacity > pair.places { #expect(kept.contains(token)) }
        }
    }

    @Test func `how contexts are put together into batches changes nothing`() {
        let problem = Problem(seed: 7), limits = ExampleLimits(examples: 3, sample: 3, tokens: 4)
        func all(_ walk: ExampleWalk) -> [PairExamples] {
            var pairs: [PairExamples] = []
            walk.forEachPair { pairs.append($0) }
            return pairs
        }
        let (whole, single) = (problem.walk(limits), problem.walk(limits, batch: 1))
        #expect(all(whole) == all(single) && whole.queryFeatures == single.queryFeatures)
        #expect(whole.keyFeatures == single.keyFeatures && whole.tokens == problem.B * problem.T && single.contexts == problem.B)
        let before = threadCount
        defer { setThreads(before) }
        for threads in [1, 3] {
            setThreads(threads)
            #expect(all(problem.walk(limits)) == all(whole), "\(threads) threads")
        }
    }

    @Test func `features are what a loop over all tokens finds`() {
        let problem = Problem(seed: 8), limits = ExampleLimits(examples: 5, sample: 3, tokens: 9)
        let walk = problem.walk(limits)
        for (found, values, n) in [
            (walk.queryFeatures, problem.query, problem.n_Q), (walk.keyFeatures, problem.key, problem.n_K),
        ] {
            #expect(found.map(\.feature) == Array(0..<n))
            for feature in found {
                let rows = (0..<problem.B * problem.T).filter { values[$0 * n + feature.feature] > 0 }
                let places = rows.map {
                    FeaturePlace(
                        context: UInt32($0 / problem.T), position: UInt16($0 % problem.T),
                        activation: values[$0 * n + feature.feature])
                }
                #expect(feature.active == rows.count)
                #expect(abs(feature.sum - places.reduce(0) { $0 + Double($1.activation) }) < 1e-9 * Double(rows.count))
                expectTokens(feature.tokens, rows.map { problem.tokens[$0] })
                let strongest = places.map(\.activation).sorted(by: >).prefix(limits.examples)
                #expect(feature.strongest.map(\.activation) == Array(strongest))
                #expect(Set(feature.strongest).isSubset(of: places) && Set(feature.sample).isSubset(of: places))
                #expect(feature.sample.count == min(limits.sample, rows.count))
            }
        }
    }

    /// 2,000 seeds, 6 of 30 or more places each: the share of the sample from the first half of the places has a standard deviation
    /// of at most ½/√12,000 = 0.0046, of which five are allowed.
    @Test func `every place is as likely to be drawn as any other`() throws {
        let problem = Problem(seed: 9), limits = ExampleLimits(examples: 1, sample: 6, tokens: 1)
        var first: PairExamples?
        problem.walk(limits).forEachPair { if first == nil, $0.places >= 30, $0.places % 2 == 0 { first = $0 } }
        let pair = try #require(first)
        let places = problem.places(pair.query, pair.key), early = Set(places.prefix(places.count / 2))
        var drawn = 0, fromEarly = 0
        for seed in 0..<2000 as Range<UInt64> {
            problem.walk(limits, seed: seed).forEachPair { found in
                guard found.query == pair.query, found.key == pair.key else { return }
                drawn += found.sample.count
                fromEarly += found.sample.count { early.contains($0) }
            }
        }
        #expect(drawn == 12_000 && abs(Double(fromEarly) / Double(drawn) - 0.5) < 0.023)
    }

    @Test func `a model's own contexts give the very effects of a look`() throws {
        let model = try Fixtures.demoModel(), layer = 1, T = 24
        let tokens = try Fixtures.demoContexts(6, T: T).tokens()
        let sample = try patternBatch(model, layer: layer, TokenBatch(tokens, B: 6, T: T))
        let dictionary = freshDictionary(model, d_sae: 16, sample, seed: 4)
        let everything = (0..<16).flatMap { a in (0..<16).flatMap { b in (0..<4).map { (a, b, $0) } } }
        let map = FeatureMap(
            dictionary,
            entries: everything.map {
                MapEntry(queryFeature: $0.0, keyFeature: $0.1, head: $0.2, M: 0, mask: 1, expectedContribution: 0)
            }, attn_scale: model.configuration.attn_scale(layer))
        var walk = ExampleWalk(map, T: T, limits: ExampleLimits(examples: 1, sample: 1), seed: 1)
        for first in [0, 3] {
            try walk.add(model, dictionary, layer: layer, tokens: Array(tokens[first * T..<(first + 3) * T]))
        }
        let looks = try (0..<6).map {
            try AttentionLook(model, dictionary, layer: layer, tokens: Array(tokens[$0 * T..<($0 + 1) * T]))
        }
        var checked = 0
        walk.forEachPair { pair in
            for head in pair.heads {
                let place = head.byEffect[0].place, look = looks[Int(place.context)]
                let decomposition = look.decomposition(
                    head: head.head, destination: Int(place.destination), source: Int(place.source))
                guard let own = decomposition.pairs.first(where: { $0.query == pair.query && $0.key == pair.key }) else {
                    Issue.record("pair \(pair.query), \(pair.key) is not active at \(place)")
                    continue
                }
                #expect(abs(own.contribution - Double(head.weight * place.product)) < 1e-4)
                let effect = look.effect(
                    of: own, head: head.head, destination: Int(place.destination), source: Int(place.source))
                // One computes M before the walk, the other anew, in double precision.
                #expect(abs(effect - Double(head.byEffect[0].effect)) < 1e-5)
                checked += 1
            }
        }
        #expect(checked > 100)
    }
}
