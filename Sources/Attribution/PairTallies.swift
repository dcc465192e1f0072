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

    /// [pairs]
    private var places: [Int], atFirst: [Int], productSums: [Double]
    /// [pairs, bins]
    private var distances: [Int]
    private let bins: Int
    private var destinationTokens: TokenTables, sourceTokens: TokenTables
    private var strongest: StrongestPlaces<ExamplePlace>
    private var sample: SampledPlaces<ExamplePlace>
    /// [entries, examples] and [entries, sample]: the effects in the slots of the pair's lists.
    private var effectsAtStrongest: [Float], effectsAtSample: [Float]
    private var byEffect: StrongestPlaces<PairExamples.Example>
    /// [entries]
    private var effectSums: [Double], effectMagnitudes: [Double]
    private let limits: ExampleLimits
    /// [entries of the largest pair, T] the effects at one destination.
    private var effects: [Float]
    private let T: Int

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

    /// Takes in a sequence.
    mutating func add(_ sequence: ExampleSequence, pattern: [Float]) {
        for a in features {
            let destinations = sequence.query.range(a)
            if destinations.isEmpty { continue }
            let row = a - features.lowerBound
            for pair in rows[row]..<rows[row + 1] {
                let sources = sequence.key.range(Int(keys[pair]))
                if sources.isEmpty || entries[pair] == entries[pair + 1] { continue }
                add(pair, identity: UInt64(a) << 32 | UInt64(keys[pair]), destinations, sources, sequence, pattern)
            }
        }
    }

    /// Takes in one pair's places in a sequence.
    private mutating func add(
        _ pair: Int, identity: UInt64, _ destinations: Range<Int>, _ sources: Range<Int>, _ sequence: ExampleSequence,
        _ pattern: [Float]
    ) {
        var reached = sources.lowerBound
        for place in destinations {
            let i = Int(sequence.query.positions[place]), f = sequence.query.values[place]
            while reached < sources.upperBound, Int(sequence.key.positions[reached]) <= i { reached += 1 }
            let visible = sources.lowerBound..<reached
            if visible.isEmpty { continue }
            destinationTokens.add(sequence.token(i), weight: visible.count, to: pair)
            for entry in entries[pair]..<entries[pair + 1] {
                fillEffects(entry, row: (entry - entries[pair]) * T, f, visible, at: i, sequence, pattern)
            }
            for (offset, source) in visible.enumerated() {
                let found = ExamplePlace(
                    context: sequence.context, destination: UInt16(i), source: UInt16(sequence.key.positions[source]),
                    queryActivation: f, keyActivation: sequence.key.values[source])
                keep(found, offset, pair, identity)
            }
        }
        var first = destinations.lowerBound
        for source in sources {
            let j = sequence.key.positions[source]
            while first < destinations.upperBound, sequence.query.positions[first] < j { first += 1 }
            let weight = destinations.upperBound - first
            if weight > 0 { sourceTokens.add(sequence.token(Int(j)), weight: weight, to: pair) }
            if j == 0 { atFirst[pair] += weight }
        }
    }

    /// Step 3 for one head and one destination: effects[row ..< row + visible.count].
    private mutating func fillEffects(
        _ entry: Int, row: Int, _ f: Float, _ visible: Range<Int>, at i: Int, _ sequence: ExampleSequence, _ pattern: [Float]
    ) {
        let start = sequence.row(head: heads[entry], destination: i), strength = weights[entry] * f
        var held = 0.0, remaining = 0.0
        for (offset, source) in visible.enumerated() {
            let A = pattern[start + Int(sequence.key.positions[source])]
            let c = min(max(strength * sequence.key.values[source], -Self.greatestExponent), Self.greatestExponent)
            let without = A * exponential(-c)
            effects[row + offset] = without
            held += Double(A)
            remaining += Double(without)
        }
        let elsewhere =
            1 - held > Self.smallDifference
            ? 1 - held : Self.massElsewhere(pattern, start, through: i, sequence.key.positions, visible)
        let share = Float(1 / (elsewhere + remaining))
        for (offset, source) in visible.enumerated() {
            effects[row + offset] = pattern[start + Int(sequence.key.positions[source])] - effects[row + offset] * share
        }
    }

    /// exp of this is within single precision with room for sums.
    private static let greatestExponent: Float = 80
    /// Below this, 1 − Σ A has fewer than five digits of single precision left.
    private static let smallDifference = 1e-2

    /// Σ A_ij over the j ≤ i that are no sources.
    private static func massElsewhere(
        _ pattern: [Float], _ start: Int, through i: Int, _ positions: [Int32], _ visible: Range<Int>
    ) -> Double {
        var sum = 0.0, next = visible.lowerBound
        for j in 0...i {
            if next < visible.upperBound, Int(positions[next]) == j { next += 1 } else { sum += Double(pattern[start + j]) }
        }
        return sum
    }

    /// Counts a place and keeps it where it is among the strongest, or drawn.
    ///
    /// - Parameter offset: Its number among the sources of its destination.
    private mutating func keep(_ place: ExamplePlace, _ offset: Int, _ pair: Int, _ identity: UInt64) {
        let product = place.product
        places[pair] += 1
        productSums[pair] += Double(product)
        distances[pair * bins + DistanceBins.bin(Int(place.destination) - Int(place.source))] += 1
        let own = entries[pair]..<entries[pair + 1]
        if strongest.admits(product, to: pair) {
            let slot = strongest.insert(place, strength: product, into: pair)
            for entry in own {
                effectsAtStrongest[entry * limits.examples + slot] = effects[(entry - own.lowerBound) * T + offset]
            }
        }
        if let slot = sample.nextSlot(of: pair, identity: identity) {
            sample.put(place, slot: slot, of: pair)
            for entry in own { effectsAtSample[entry * limits.sample + slot] = effects[(entry - own.lowerBound) * T + offset] }
        }
        for entry in own {
            let effect = effects[(entry - own.lowerBound) * T + offset]
            effectSums[entry] += Double(effect)
            effectMagnitudes[entry] += Double(abs(effect))
            if byEffect.admits(abs(effect), to: entry) {
                _ = byEffect.insert(PairExamples.Example(place: place, effect: effect), strength: abs(effect), into: entry)
            }
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
