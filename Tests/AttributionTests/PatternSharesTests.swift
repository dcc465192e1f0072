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

    @Test(arguments: PatternShares.Measure.allCases)
    func `the shares of pairs, biases, errors and the rest sum to 1`(_ measure: PatternShares.Measure) {
        var pairs = 0
        for place in places {
            let found = shares(place, measure)
            let sum = found.pairs.reduce(0) { $0 + $1.share } + found.bias + found.error + found.elsewhere + found.uniform
            let magnitude =
                found.pairs.reduce(1) { $0 + abs($1.share) } + abs(found.bias) + abs(found.error) + abs(found.elsewhere)
            // The pattern is the model's own, in single precision; shares divide by it.
            #expect(abs(sum - 1) <= 1e-4 * magnitude / min(1, found.attention), "\(place): \(sum)")
            #expect(abs(found.residual - (1 - sum)) < 1e-9)
            pairs += found.pairs.count
        }
        #expect(pairs > 500)
    }

    @Test func `by the score a pair's share is the one that a look's explanation tells`() {
        for place in places {
            let parts = look.decomposition(head: place.head, destination: place.destination, source: place.source)
            let found = shares(place, .score)
            #expect(found.uniform == 0 && found.elsewhere == 0 && found.pairs.count == parts.pairs.count)
            for pair in found.pairs {
                #expect(abs(pair.share - abs(pair.pair.contribution) / parts.magnitude) <= 1e-12)
                let (a, b) = (Int(pair.pair.query), Int(pair.pair.key))
                // As the reference masks them.
                #expect(pair.survives == ((7 * a + 5 * b + 3 * place.head) % 4 > 0))
            }
        }
    }

    @Test func `by the pattern a part's share is the integral of what it moves, and a look at oneself alone needs no score`() {
        let place = (head: 1, destination: 13, source: 6), found = shares(place, .pattern)
        let rows = (0...13).map { look.decomposition(head: 1, destination: 13, source: $0) }
        let scores = rows.map { $0.blocks.reduce(0) { $0 + $1.value } }, steps = 20_000
        for pair in found.pairs.prefix(5) {
            let c = rows.map { row in
                row.pairs.first { $0.query == pair.pair.query && $0.key == pair.pair.key }?.contribution ?? 0
            }
            // Midpoints, one by one.
            var moved = 0.0
            for step in 0..<steps {
                let t = (Double(step) + 0.5) / Double(steps), powers = scores.map { Foundation.exp(t * $0) }
                let total = powers.reduce(0, +), A = powers.map { $0 / total }
                moved += A[6] * (c[6] - zip(A, c).reduce(0) { $0 + $1.0 * $1.1 }) / Double(steps)
            }
            #expect(abs(pair.share - moved / found.attention) <= 1e-6 * max(1, abs(pair.share)), "\(pair)")
        }
        let alone = shares((head: 1, destination: 0, source: 0), .pattern)
        #expect(alone.uniform == 1 && alone.pairs.allSatisfy { $0.share == 0 } && alone.attention == 1)
    }
}
