import Attribution
import Checkpoints
import Dictionaries
import Foundation
import GPT2
import Tensors
import Testing

@Suite struct PatternSharesTests {
    private let reference: InterventionReference
    private let look: AttentionLook

    init() throws {
        reference = try InterventionReference()
        let T = reference.batch.T, tokens = Array(reference.batch.tokens[0..<T])
        look = try AttentionLook(reference.model, reference.dictionary, layer: 1, tokens: tokens)
    }

    /// Some looks of every head.
    private var places: [(head: Int, destination: Int, source: Int)] {
        (0..<4).flatMap { head in [(head, 13, 0), (head, 13, 6), (head, 7, 7), (head, 0, 0)] }
    }

    private func shares(
        _ place: (head: Int, destination: Int, source: Int), _ measure: PatternShares.Measure
    ) -> PatternShares {
        PatternShares(
            look, reference.map, head: place.head, destination: place.destination, source: place.source, by: measure)
    }

    /// All shares of a look, one by one.
    private func all(_ found: PatternShares) -> [Double] {
        found.pairs.map(\.share) + [found.bias, found.error, found.elsewhere, found.uniform]
    }

    @Test func `by the pattern all shares rebuild the model's own attention`() {
        var pairs = 0
        for place in places {
            let found = shares(place, .pattern), magnitude = all(found).reduce(1) { $0 + abs($1) }
            // The model's own softmax, in single precision, was not asked when the shares were found but as what they are over.
            let rebuilt = all(found).reduce(0, +) * found.attention
            let row = (place.head * look.T + place.destination) * look.T
            let scores = (0...place.destination).map { Double(look.attn_scores.values[row + $0]) }
            let powers = scores.map { Foundation.exp($0 - (scores.max() ?? 0)) }
            let own = powers[place.source] / powers.reduce(0, +)
            #expect(abs(rebuilt - own) <= 1e-5 * magnitude, "\(place): \(rebuilt), \(own)")
            #expect(abs(found.residual) <= 1e-4 * magnitude / min(1, found.attention) && found.whole == 1)
            pairs += found.pairs.count
        }
        #expect(pairs > 500)
    }

    @Test func `by the score all shares rebuild the model's own score, and a share has the sign of what it adds`() {
        var against = 0
        for place in places {
            let parts = look.decomposition(head: place.head, destination: place.destination, source: place.source)
            let found = shares(place, .score)
            // The model's own score, in single precision.
            let own = Double(
                look.attn_scores.values[(place.head * look.T + place.destination) * look.T + place.source])
            #expect(abs(all(found).reduce(0, +) * parts.magnitude - own) <= 1e-5 * max(1, parts.magnitude), "\(place)")
            #expect(abs(found.residual) <= 1e-5 && abs(found.whole * parts.magnitude - own) <= 1e-9 * max(1, abs(own)))
            #expect(found.uniform == 0 && found.elsewhere == 0 && found.pairs.count == parts.pairs.count)
            for pair in found.pairs {
                #expect(abs(pair.share - pair.pair.contribution / parts.magnitude) <= 1e-12)
                let (a, b) = (Int(pair.pair.query), Int(pair.pair.key))
                // As the reference masks them.
                #expect(pair.survives == ((7 * a + 5 * b + 3 * place.head) % 4 > 0))
                against += pair.share < 0 ? 1 : 0
            }
        }
        #expect(against > 100)
    }

    @Test func `sums over a row are those of the decompositions of its looks`() {
        for head in 0..<4 {
            let sums = look.sums(head: head, destination: 13)
            #expect(sums.features.count == 14)
            for source in 0...13 {
                let parts = look.decomposition(head: head, destination: 13, source: source)
                let (biases, errors) = parts.blocks.reduce((0.0, 0.0)) { sum, block in
                    let hasError = block.query == .error || block.key == .error
                    let isPair = block.query == .feature && block.key == .feature
                    return (sum.0 + (hasError || isPair ? 0 : block.value), sum.1 + (hasError ? block.value : 0))
                }
                let pairs = parts.pairs.reduce(0) { $0 + $1.contribution }, tolerance = 1e-9 * max(1, parts.magnitude)
                #expect(abs(sums.features[source] - pairs) <= tolerance)
                #expect(abs(sums.biases[source] - biases) <= tolerance && abs(sums.errors[source] - errors) <= tolerance)
            }
        }
    }

    /// ∫₀¹ A_s(t) (c_s − Σ_j A_j(t) c_j) dt by midpoints, one by one.
    private func integral(_ c: [Double], _ scores: [Double], _ source: Int) -> Double {
        let steps = 20_000
        return (0..<steps).reduce(0.0) { moved, step in
            let t = (Double(step) + 0.5) / Double(steps), powers = scores.map { Foundation.exp(t * $0) }
            let total = powers.reduce(0, +), A = powers.map { $0 / total }
            return moved + A[source] * (c[source] - zip(A, c).reduce(0) { $0 + $1.0 * $1.1 }) / Double(steps)
        }
    }

    @Test func `by the pattern a part's share is the integral of what it moves, and a look at oneself alone needs no score`() {
        let place = (head: 1, destination: 13, source: 6), found = shares(place, .pattern)
        let rows = (0...13).map { look.decomposition(head: 1, destination: 13, source: $0) }
        let scores = rows.map { $0.blocks.reduce(0) { $0 + $1.value } }
        func share(_ c: [Double]) -> Double { integral(c, scores, 6) / found.attention }
        for pair in found.pairs.prefix(5) {
            let c = rows.map { row in
                row.pairs.first { $0.query == pair.pair.query && $0.key == pair.pair.key }?.contribution ?? 0
            }
            #expect(abs(pair.share - share(c)) <= 1e-6 * max(1, abs(pair.share)), "\(pair)")
        }
        // Parts with a bias or an error, and pairs that act elsewhere only, from the decompositions of all looks.
        func blocks(_ counts: (ScoreDecomposition.Block) -> Bool) -> [Double] {
            rows.map { $0.blocks.filter(counts).reduce(0) { $0 + $1.value } }
        }
        let errors = blocks { $0.query == .error || $0.key == .error }
        let biases = blocks { $0.query != .error && $0.key != .error && ($0.query == .bias || $0.key == .bias) }
        let here = Set(rows[6].pairs.map { "\($0.query) \($0.key)" })
        let elsewhere = rows.map { row in
            row.pairs.filter { !here.contains("\($0.query) \($0.key)") }.reduce(0) { $0 + $1.contribution }
        }
        #expect(abs(found.error - share(errors)) <= 1e-6 * max(1, abs(found.error)))
        #expect(abs(found.bias - share(biases)) <= 1e-6 * max(1, abs(found.bias)))
        #expect(abs(found.elsewhere - share(elsewhere)) <= 1e-6 * max(1, abs(found.elsewhere)) && found.elsewhere != 0)
        #expect(abs(found.uniform - 1 / (14 * found.attention)) <= 1e-12 * found.uniform)
        let alone = shares((head: 1, destination: 0, source: 0), .pattern)
        #expect(alone.uniform == 1 && alone.pairs.allSatisfy { $0.share == 0 } && alone.attention == 1)
    }
}
