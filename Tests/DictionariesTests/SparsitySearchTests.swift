import Dictionaries
import Testing

@Suite struct SparsitySearchTests {
    /// A trial passes up to `greatest`.
    private func run(from lambda: Double, greatest: Double, most: Int = 20) -> SparsitySearch {
        var search = SparsitySearch(from: lambda, KL_map: 1, budget: 0.05, most: most)
        while !search.isDone {
            let passes = search.lambda <= greatest
            let isBest = search.record(KL: passes ? 1.04 : 1.06, entries: max(1, Int(1 / search.lambda)))
            #expect(isBest == (passes && search.best?.lambda == search.trials.last?.lambda))
        }
        return search
    }

    @Test(arguments: [1e-9, 3e-6, 1e-2]) func `finds the greatest weight within the budget, wherever it begins`(from: Double)
        throws
    {
        let search = run(from: from, greatest: 1.7e-5)
        let best = try #require(search.best)
        #expect(best.lambda <= 1.7e-5 && best.lambda * SparsitySearch.resolution >= 1.7e-5 && search.trials.count < 15)
    }

    @Test func `ends without a best when nothing is within the budget`() {
        let search = run(from: 3e-6, greatest: 0, most: 4)
        #expect(search.best == nil && search.trials.map(\.lambda) == [3e-6, 3e-6 / 4, 3e-6 / 16, 3e-6 / 64])
    }

    @Test func `ends where nothing is left, however much may be spent`() {
        var search = SparsitySearch(from: 1, KL_map: 1, budget: 9, most: 100)
        _ = search.record(KL: 1, entries: 5)
        #expect(!search.isDone)
        _ = search.record(KL: 2, entries: 0)
        #expect(search.isDone && search.best?.lambda == 4)
    }

    @Test func `a limit of trials ends it with the best so far`() {
        let search = run(from: 1, greatest: .infinity, most: 3)
        #expect(search.best?.lambda == 16 && search.trials.count == 3)
    }
}
