import Dictionaries

// One thread's share of the pairs while a text is walked. In a sequence, for each pair (a, b) with its destinations i₁ < i₂ < … and its
// sources j₁ < j₂ < …:
//
// 1. The places are all (i, j) with j ≤ i. They, and their order by f^Q·f^K, are the same in every head: they are kept once per pair.
// 2. A destination meets its n sources so far n times, a source the m destinations from it on m times: so tokens are counted.
// 3. In each head of the pair, at each destination: c_j = M·m·attn_scale·f^Q_i·f^K_j at the sources, and what is left of the row without
//    the pair is Z = Σ_{j not a source} A_ij + Σ_j A_ij exp(−c_j). The effects are A_ij − A_ij exp(−c_j)/Z: one exponential per place.
//
// What lies outside the sources is 1 less what lies at them, but where that is a small difference it is summed itself.

/// What a text shows of the pairs of a range of query features.
struct PairTallies: Sendable {
    /// The query features.
    let features: Range<Int>
    /// [features + 1] the pairs of each feature.
    private let rows: [Int]
    /// [pairs] b.
    private let keys: [Int32]
    /// [pairs + 1] the entries of each pair.
    private let entries: [Int]
    /// [entries] h, and M·m·attn_scale.
    private let heads: [Int], weights: [Float]

    /// [pairs].
    private var places: [Int], atFirst: [Int], productSums: [Double]
    /// [pairs, bins].
    private var distances: [Int]
    private let bins: Int
    private var destinationTokens: TokenTables, sourceTokens: TokenTables
    private var strongest: StrongestPlaces<ExamplePlace>
    private var sample: SampledPlaces<ExamplePlace>
    /// [entries, examples] and [entries, sample]: the effects in the slots of the pair's lists.
    private var effectsAtStrongest: [Float], effectsAtSample: [Float]
    private var byEffect: StrongestPlaces<PairExamples.Example>
    /// [entries].
    private var effectSums: [Double], effectMagnitudes: [Double]
    private let limits: ExampleLimits
    /// [entries of the largest pair, T] the effects at one destination.
    private var effects: [Float]
    private let T: Int
    /// The pairs of the query feature at hand that have sources in the sequence.
    private var visits: [Visit] = []

    /// How far a pair has come in a sequence.
    private struct Visit: Sendable {
        let pair: Int
        /// What tells its sample from all others.
        let identity: UInt64
        let sources: Range<Int>
        /// The end of the sources that are at or before the destination.
        var reached: Int
        /// Σ f^K over them.
        var sum = 0.0
        /// The greatest f^K among them.
        var greatest: Float = 0

        init(pair: Int, identity: UInt64, sources: Range<Int>) {
            (self.pair, self.identity, self.sources, reached) = (pair, identity, sources, sources.lowerBound)
        }
    }

    /// Nothing seen yet of a map's pairs with these query features.
    init(_ map: FeatureMap, features: Range<Int>, T: Int, limits: ExampleLimits, seed: UInt64) {
        (self.features, self.T, self.limits) = (features, T, limits)
        let first = map.support.offsets[features.lowerBound], last = map.support.offsets[features.upperBound]
        rows = map.support.offsets[features.lowerBound...features.upperBound].map { $0 - first }
        keys = Array(map.support.keys[first..<last])
        var entries = [0], heads: [Int] = [], weights: [Float] = []
        for pair in first..<last {
            for h in 0..<map.n_heads where map.mask[pair * map.n_heads + h] > 0 {
                heads.append(h)
                weights.append(map.M[pair * map.n_heads + h] * map.mask[pair * map.n_heads + h] * map.attn_scale)
            }
            entries.append(heads.count)
        }
        (self.entries, self.heads, self.weights) = (entries, heads, weights)
        let pairs = keys.count
        places = Array(repeating: 0, count: pairs)
        atFirst = places
        productSums = Array(repeating: 0, count: pairs)
        bins = DistanceBins.count(T: T)
        distances = Array(repeating: 0, count: pairs * bins)
        destinationTokens = TokenTables(lists: pairs, capacity: limits.tokens)
        sourceTokens = destinationTokens
        let filler = ExamplePlace(context: 0, destination: 0, source: 0, queryActivation: 0, keyActivation: 0)
        strongest = StrongestPlaces(lists: pairs, capacity: limits.examples, filler: filler)
        sample = SampledPlaces(lists: pairs, capacity: limits.sample, seed: seed, filler: filler)
        effectsAtStrongest = Array(repeating: 0, count: heads.count * limits.examples)
        effectsAtSample = Array(repeating: 0, count: heads.count * limits.sample)
        byEffect = StrongestPlaces(
            lists: heads.count, capacity: limits.examples, filler: PairExamples.Example(place: filler, effect: 0))
        effectSums = Array(repeating: 0, count: heads.count)
        effectMagnitudes = effectSums
        let most = zip(entries, entries.dropFirst()).map { $1 - $0 }.max() ?? 0
        effects = Array(repeating: 0, count: most * T)
    }

    /// How many pairs there are.
    var count: Int { keys.count }

    /// Takes in a sequence: destination by destination, so that the heads' rows stay at hand for all pairs of a query feature.
    mutating func add(_ sequence: ExampleSequence, pattern: [Float]) {
        for a in features {
            let destinations = sequence.query.range(a)
            if destinations.isEmpty { continue }
            visits.removeAll(keepingCapacity: true)
            let row = a - features.lowerBound
            for pair in rows[row]..<rows[row + 1] {
                let sources = sequence.key.range(Int(keys[pair]))
                if sources.isEmpty || entries[pair] == entries[pair + 1] { continue }
                visits.append(Visit(pair: pair, identity: UInt64(a) << 32 | UInt64(keys[pair]), sources: sources))
            }
            for place in destinations {
                for number in visits.indices { add(number, place, sequence, pattern) }
            }
            for visit in visits { countSources(visit.pair, destinations, visit.sources, sequence) }
        }
    }

    /// Takes in the places of one pair at one destination.
    private mutating func add(_ number: Int, _ place: Int, _ sequence: ExampleSequence, _ pattern: [Float]) {
        var visit = visits[number]
        let i = Int(sequence.query.positions[place]), f = sequence.query.values[place]
        while visit.reached < visit.sources.upperBound, Int(sequence.key.positions[visit.reached]) <= i {
            visit.sum += Double(sequence.key.values[visit.reached])
            visit.greatest = max(visit.greatest, sequence.key.values[visit.reached])
            visit.reached += 1
        }
        visits[number] = visit
        let pair = visit.pair, visible = visit.sources.lowerBound..<visit.reached
        if visible.isEmpty { return }
        places[pair] += visible.count
        productSums[pair] += Double(f) * visit.sum
        destinationTokens.add(sequence.token(i), weight: visible.count, to: pair)
        countDistances(pair, from: i, to: sequence.key.positions, visible)
        let own = entries[pair]..<entries[pair + 1]
        for entry in own { addEffects(entry, (entry - own.lowerBound) * T, place, visible, sequence, pattern) }
        keepProducts(pair, identity: visit.identity, greatest: f * visit.greatest, place, visible, sequence)
    }

    /// Step 2 for the sources.
    private mutating func countSources(
        _ pair: Int, _ destinations: Range<Int>, _ sources: Range<Int>, _ sequence: ExampleSequence
    ) {
        var first = destinations.lowerBound
        for source in sources {
            let j = sequence.key.positions[source]
            while first < destinations.upperBound, sequence.query.positions[first] < j { first += 1 }
            let weight = destinations.upperBound - first
            if weight > 0 { sourceTokens.add(sequence.token(Int(j)), weight: weight, to: pair) }
            if j == 0 { atFirst[pair] += weight }
        }
    }

    /// Counts the distances from a destination to its sources, a bin at a time.
    private mutating func countDistances(_ pair: Int, from i: Int, to positions: [Int32], _ visible: Range<Int>) {
        var end = visible.upperBound
        while end > visible.lowerBound {
            let bin = DistanceBins.bin(i - Int(positions[end - 1])), farthest = i - DistanceBins.distances(bin).upperBound
            var start = end - 1
            while start > visible.lowerBound, Int(positions[start - 1]) >= farthest { start -= 1 }
            distances[pair * bins + bin] += end - start
            end = start
        }
    }

    /// Takes in the effects of one head at one destination, which become `effects[row ..< row + visible.count]`.
    private mutating func addEffects(
        _ entry: Int, _ row: Int, _ place: Int, _ visible: Range<Int>, _ sequence: ExampleSequence, _ pattern: [Float]
    ) {
        let i = Int(sequence.query.positions[place]), start = sequence.row(head: heads[entry], destination: i)
        let found = Self.fill(
            &effects, row, strength: weights[entry] * sequence.query.values[place], pattern.span.extracting(start...start + i),
            sequence.key.positions.span.extracting(visible), sequence.key.values.span.extracting(visible))
        effectSums[entry] += Double(found.sum)
        effectMagnitudes[entry] += Double(found.magnitude)
        if !byEffect.admits(found.greatest, to: entry) { return }
        for offset in 0..<visible.count where byEffect.admits(abs(effects[row + offset]), to: entry) {
            let example = PairExamples.Example(
                place: sequence.example(place, visible.lowerBound + offset), effect: effects[row + offset])
            _ = byEffect.insert(example, strength: abs(example.effect), into: entry)
        }
    }

    /// Step 3 for one head and one destination.
    ///
    /// - Parameters:
    ///   - effects: Filled from `row` on, one for each source.
    ///   - strength: M·m·attn_scale·f^Q.
    ///   - pattern: [i + 1] the head's row.
    ///   - sources: The sources' positions.
    ///   - activations: f^K there.
    /// - Returns: Of the effects the sum, the sum of magnitudes, and the greatest magnitude.
    private static func fill(
        _ effects: inout [Float], _ row: Int, strength: Float, _ pattern: Span<Float>, _ sources: Span<Int32>,
        _ activations: Span<Float>
    ) -> (sum: Float, magnitude: Float, greatest: Float) {
        var effects = effects.mutableSpan, held = 0.0, remaining = 0.0
        for n in sources.indices {
            let A = pattern[Int(sources[n])]
            let without = A * exponential(-min(max(strength * activations[n], -greatestExponent), greatestExponent))
            effects[row + n] = without
            held += Double(A)
            remaining += Double(without)
        }
        let elsewhere = 1 - held > smallDifference ? 1 - held : massElsewhere(pattern, sources)
        let share = Float(1 / (elsewhere + remaining))
        var sum: Float = 0, magnitude: Float = 0, greatest: Float = 0
        for n in sources.indices {
            let effect = pattern[Int(sources[n])] - effects[row + n] * share
            effects[row + n] = effect
            sum += effect
            magnitude += abs(effect)
            greatest = max(greatest, abs(effect))
        }
        return (sum, magnitude, greatest)
    }

    /// exp of this is within single precision with room for sums.
    private static let greatestExponent: Float = 80
    /// Below this, 1 − Σ A has fewer than five digits of single precision left.
    private static let smallDifference = 1e-2

    /// Σ A_ij over the j ≤ i that are no sources.
    private static func massElsewhere(_ pattern: Span<Float>, _ sources: Span<Int32>) -> Double {
        var sum = 0.0, next = 0
        for j in pattern.indices {
            if next < sources.count, Int(sources[next]) == j { next += 1 } else { sum += Double(pattern[j]) }
        }
        return sum
    }

    /// Keeps the places of one destination that are among the strongest, or drawn, with every head's effects there.
    ///
    /// - Parameter greatest: The greatest product among them.
    private mutating func keepProducts(
        _ pair: Int, identity: UInt64, greatest: Float, _ place: Int, _ visible: Range<Int>, _ sequence: ExampleSequence
    ) {
        let first = entries[pair], count = entries[pair + 1] - first
        if strongest.admits(greatest, to: pair) {
            for offset in 0..<visible.count {
                let found = sequence.example(place, visible.lowerBound + offset)
                if !strongest.admits(found.product, to: pair) { continue }
                let slot = strongest.insert(found, strength: found.product, into: pair)
                for h in 0..<count { effectsAtStrongest[(first + h) * limits.examples + slot] = effects[h * T + offset] }
            }
        }
        for offset in 0..<visible.count {
            guard let slot = sample.nextSlot(of: pair, identity: identity) else { continue }
            sample.put(sequence.example(place, visible.lowerBound + offset), slot: slot, of: pair)
            for h in 0..<count { effectsAtSample[(first + h) * limits.sample + slot] = effects[h * T + offset] }
        }
    }

    /// The pairs that were active anywhere, by (a, b).
    var active: [PairExamples] {
        features.flatMap { a in
            let row = a - features.lowerBound
            return (rows[row]..<rows[row + 1]).filter { places[$0] > 0 }.map { examples($0, query: a) }
        }
    }

    private func examples(_ pair: Int, query a: Int) -> PairExamples {
        let ranked = strongest.ranked(pair)
        let drawn = sample.places(pair).enumerated().sorted { $0.element.product > $1.element.product }
        return PairExamples(
            query: a, key: Int(keys[pair]), places: places[pair], atFirst: atFirst[pair], productSum: productSums[pair],
            distances: Array(distances[pair * bins..<(pair + 1) * bins]), destinationTokens: destinationTokens.table(pair),
            sourceTokens: sourceTokens.table(pair), strongest: ranked.map(\.place), sample: drawn.map(\.element),
            heads: (entries[pair]..<entries[pair + 1]).map { entry in
                PairExamples.Head(
                    head: heads[entry], weight: weights[entry], effectSum: effectSums[entry],
                    effectMagnitude: effectMagnitudes[entry],
                    effectsAtStrongest: ranked.map { effectsAtStrongest[entry * limits.examples + $0.slot] },
                    effectsAtSample: drawn.map { effectsAtSample[entry * limits.sample + $0.offset] },
                    byEffect: byEffect.ranked(entry).map(\.place))
            })
    }
}
