import Tensors
import Testing

@Suite struct RandomGeneratorTests {
    @Test func `the same seed gives the same sequence, another seed another`() {
        var a = RandomGenerator(seed: 7), b = RandomGenerator(seed: 7), c = RandomGenerator(seed: 8)
        let first = (0..<100).map { _ in a.next() }
        #expect(first == (0..<100).map { _ in b.next() })
        #expect(first != (0..<100).map { _ in c.next() })
    }

    @Test func `normal numbers have mean 0, variance 1 and the tails of a normal distribution`() {
        var generator = RandomGenerator(seed: 1)
        let draws = (0..<200_000).map { _ in generator.normal() }
        let mean = draws.reduce(0, +) / 200_000
        let variance = draws.reduce(0) { $0 + $1 * $1 } / 200_000
        // Four standard errors of each statistic.
        #expect(abs(mean) < 0.009)
        #expect(abs(variance - 1) < 0.013)
        let beyondTwo = Double(draws.count { abs($0) > 2 }) / 200_000
        #expect(abs(beyondTwo - 0.0455) < 0.002)
    }

    @Test func `a permutation holds every number once`() {
        var generator = RandomGenerator(seed: 3)
        let order = generator.permutation(1000)
        #expect(order.sorted() == Array(0..<1000))
        #expect(order != Array(0..<1000))
    }
}
