import Attribution
import Tensors
import Testing

/// Random sparse activations, each feature with a rate of its own; one feature is never active.
private func randomRows(_ tokens: Int, d_sae: Int, using generator: inout RandomGenerator) -> [[Float]] {
    (0..<tokens).map { _ in
        (0..<d_sae).map { feature in
            let rate = Float(feature) / Float(4 * d_sae)
            return generator.uniform() < rate ? 0.1 + generator.uniform() : 0
        }
    }
}

private func columns(_ rows: [[Float]]) -> ActivationColumns {
    var sparse = SparseRows()
    for row in rows {
        for (feature, value) in row.enumerated() where value > 0 { sparse.append(Int32(feature), value) }
        sparse.endRow()
    }
    return ActivationColumns(sparse, d_sae: rows[0].count)
}

/// Pearson's formula on dense columns in double precision; nil where one of them is constant.
private func correlation(_ x: [Double], _ y: [Double]) -> Double? {
    let N = Double(x.count), meanX = x.reduce(0, +) / N, meanY = y.reduce(0, +) / N
    let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    let squareX = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }, squareY = y.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
    return squareX > 0 && squareY > 0 ? covariance / (squareX * squareY).squareRoot() : nil
}

@Suite struct FeatureMatchingTests {
    @Test(arguments: [UInt64(1), 2, 3]) func `matches are those of the dense formula`(seed: UInt64) {
        var generator = RandomGenerator(seed: seed)
        let first = randomRows(200, d_sae: 24, using: &generator)
        // The second's features are noisy copies of some of the first's, and some of their own.
        let own = randomRows(200, d_sae: 9, using: &generator)
        let second = zip(first, own).map { row, own in
            [3, 20, 11, 23, 8, 17].map { row[$0] > 0 ? row[$0] + 0.2 * generator.uniform() : 0 } + own
        }
        let threshold = 0.5
        let matching = FeatureMatching(columns(first), columns(second), threshold: threshold)
        let x = (0..<24).map { a in first.map { Double($0[a]) } }, y = (0..<15).map { b in second.map { Double($0[b]) } }
        let table = x.map { x in y.map { correlation(x, $0) ?? -2 } }
        var expected: [Int: (partner: Int, correlation: Double)] = [:]
        for (a, row) in table.enumerated() {
            guard let best = row.max(), best >= threshold, let b = row.firstIndex(of: best),
                table.allSatisfy({ $0[b] <= best })
            else { continue }
            expected[a] = (b, best)
        }
        #expect(expected.count >= 4, "the test has \(expected.count) matches to find; seed \(seed)")
        #expect(matching.matches.map(\.feature) == expected.keys.sorted())
        for match in matching.matches {
            #expect(match.partner == expected[match.feature]?.partner && matching.partner(of: match.feature) == match.partner)
            // Sums of 200 products in double precision.
            #expect(abs(match.correlation - (expected[match.feature]?.correlation ?? 0)) < 1e-12)
        }
        #expect(matching.live.first == x.count { $0.contains { $0 > 0 } })
        #expect(matching.live.second == y.count { $0.contains { $0 > 0 } })
        for (a, best) in matching.best.enumerated() {
            #expect((best == nil) == (Set(x[a]).count == 1))
            if let best { #expect(abs(best - max(0, table[a].max() ?? 0)) < 1e-12) }
        }
        let sums = x.map { $0.reduce(0, +) }
        let share = expected.keys.reduce(0) { $0 + sums[$1] } / sums.reduce(0, +)
        #expect(abs(matching.matchedActivation - share) < 1e-12)
        #expect(matching.histogram(bins: 10).reduce(0, +) == matching.best.count { $0 != nil })
    }

    @Test func `the matching of the second with the first is the reverse`() {
        var generator = RandomGenerator(seed: 4)
        let first = randomRows(150, d_sae: 12, using: &generator)
        let second = first.map { row in row.reversed() + [row[3] + row[4]] }
        let (a, b) = (columns(first), columns(second))
        let there = FeatureMatching(a, b, threshold: 0.6), back = FeatureMatching(b, a, threshold: 0.6)
        #expect(there.reversed.matches == back.matches && there.reversed.best == back.best)
        #expect(
            there.reversed.matchedActivation == back.matchedActivation
                && back.reversed.matchedActivation == there.matchedActivation)
        #expect(there.reversed.live == back.live && there.reversed.reversed.matches == there.matches)
        #expect((0..<13).allSatisfy { there.reversed.partner(of: $0) == back.partner(of: $0) })
        #expect(!back.matches.isEmpty)
    }

    @Test func `a permuted copy matches completely, and its map is found completely`() {
        var generator = RandomGenerator(seed: 5)
        let first = randomRows(400, d_sae: 30, using: &generator), order = generator.permutation(30)
        let second = first.map { row in order.map { row[$0] } }
        let matching = FeatureMatching(columns(first), columns(second), threshold: 0.999)
        #expect(matching.matches.count == matching.live.first && matching.live.first == matching.live.second)
        for match in matching.matches {
            #expect(order[match.partner] == match.feature && match.correlation > 1 - 1e-12)
        }
        let live = matching.matches.map(\.feature)
        let entries = live.flatMap { a in
            live.prefix(7).map { OverlapEntry(query: a, key: $0, head: (a + $0) % 3, weight: Double(1 + a)) }
        }
        let partner = Dictionary(uniqueKeysWithValues: matching.matches.map { ($0.feature, $0.partner) })
        let copy = entries.map { entry in
            OverlapEntry(query: partner[entry.query] ?? -1, key: partner[entry.key] ?? -1, head: entry.head, weight: 1)
        }
        let overlap = MapOverlap(
            entries, in: [(HeadsByPair(copy), PairMatching(query: matching, key: matching))])
        #expect(overlap.found.entries == 1 && overlap.found.weight == 1 && overlap.comparable.entries == 1)
    }

    @Test func `shares of a map are counted by number, by weight, by head, and in all others together`() {
        // With itself as the dictionary, so that every feature is its own partner.
        let entries = [(1, 1, 0, 4.0), (1, 2, 0, 3), (2, 1, 1, 2), (3, 3, 1, 1)].map {
            OverlapEntry(query: $0.0, key: $0.1, head: $0.2, weight: $0.3)
        }
        let second = HeadsByPair([entries[0], OverlapEntry(query: 1, key: 2, head: 1, weight: 9)])
        let third = HeadsByPair([entries[0], entries[2]])
        let one = MapOverlap(entries, in: [(second, .identity)])
        #expect(one.comparable.entries == 1 && one.found.entries == 0.25 && one.foundInSomeHead.entries == 0.5)
        #expect(one.found.weight == 0.4 && one.foundInSomeHead.weight == 0.7)
        let both = MapOverlap(entries, in: [(second, .identity), (third, .identity)])
        #expect(both.found.entries == 0.25 && both.found.weight == 0.4 && both.foundInSomeHead.weight == 0.4)
        let none = MapOverlap([], in: [(second, .identity)])
        #expect(none.found.entries == 0 && none.found.weight == 0)
    }

    @Test func `an entry without partners is not found, and is not comparable`() {
        var generator = RandomGenerator(seed: 6)
        let first = randomRows(300, d_sae: 10, using: &generator)
        // Of the second, feature 0 does what the first's feature 9 does, and nothing else is alike.
        let second = first.map { [$0[9]] }
        let matching = FeatureMatching(columns(first), columns(second), threshold: 0.9)
        #expect(matching.matches.map(\.feature) == [9])
        let entries = [OverlapEntry(query: 9, key: 9, head: 0, weight: 1), OverlapEntry(query: 9, key: 5, head: 0, weight: 3)]
        let overlap = MapOverlap(
            entries,
            in: [
                (HeadsByPair([OverlapEntry(query: 0, key: 0, head: 0, weight: 1)]), PairMatching(query: matching, key: matching))
            ]
        )
        #expect(overlap.comparable.entries == 0.5 && overlap.comparable.weight == 0.25 && overlap.found == overlap.comparable)
    }
}
