import API
import Artifacts
import Attribution
import Store
import Tensors

/// Random pairs of a map, head by head as many and as strong as chosen ones.
struct PairDraws: Sendable {
    /// One pair in one head.
    struct Choice: Hashable, Sendable {
        let head: Int
        let pair: FeaturePair
    }

    /// The drawn pairs of each draw.
    let draws: [[Choice]]
    /// The chosen pairs' strengths, summed.
    let strengthOfChosen: Double
    /// The drawn pairs' strengths, summed, of each draw.
    let strengths: [Double]

    /// Draws pairs.
    ///
    /// - Parameters:
    ///   - chosen: What the draws stand beside.
    ///   - strengths: By head, the strength of every pair that the map keeps there.
    ///   - params: How many draws, and what they follow from.
    /// - Throws: What is wrong, in words, as ``Shortage``.
    init(of chosen: [Choice], among strengths: [Int: [(pair: FeaturePair, strength: Double)]], _ params: ControlParams)
        throws(Shortage)
    {
        var generator = RandomGenerator(seed: UInt64(params.seed))
        var controls: [(head: Int, control: PairControl)] = []
        var total = 0.0
        for (head, choices) in Dictionary(grouping: chosen, by: \.head).sorted(by: { $0.key < $1.key }) {
            let all = strengths[head] ?? [], own = Dictionary(all.map { ($0.pair, $0.strength) }) { first, _ in first }
            for choice in choices {
                guard let strength = own[choice.pair] else { throw .notKept(head: head, pair: choice.pair) }
                total += strength
            }
            guard let control = PairControl(of: choices.map(\.pair), among: all) else {
                throw .tooFew(head: head, chosen: choices.count, others: all.count - choices.count)
            }
            controls.append((head, control))
        }
        strengthOfChosen = total
        var draws: [[Choice]] = [], sums: [Double] = []
        for _ in 0..<params.draws {
            let drawn = controls.map { ($0.head, $0.control.draw(using: &generator)) }
            draws.append(drawn.flatMap { head, pairs in pairs.map { Choice(head: head, pair: $0.pair) } })
            sums.append(drawn.reduce(0) { $0 + $1.1.reduce(0) { $0 + $1.strength } })
        }
        (self.draws, self.strengths) = (draws, sums)
    }

    /// Why there are no draws.
    enum Shortage: Error, CustomStringConvertible {
        case notKept(head: Int, pair: FeaturePair)
        case tooFew(head: Int, chosen: Int, others: Int)

        var description: String {
            switch self {
            case .notKept(let head, let pair):
                "the map does not keep pair (\(pair.query), \(pair.key)) in head \(head), so no pair of it is equally strong"
            case .tooFew(let head, let chosen, let others):
                "head \(head) has only \(others) other pairs in the map; a control of \(chosen) needs as many"
            }
        }
    }
}

extension ControlFigures {
    /// What draws do.
    ///
    /// - Parameters:
    ///   - draws: The draws.
    ///   - drops: What each takes from the mean logit difference; empty without answers.
    ///   - comparisons: Each draw's losses and divergence; empty where they were not measured.
    init(_ draws: PairDraws, drops: [Double], comparisons: [LogitComparison] = []) {
        let drop = Moments(drops)
        let differences = comparisons.compactMap { comparison in
            comparison.CE.flatMap { CE in comparison.CE_model.map { CE - $0 } }
        }
        let CE = Moments(differences)
        self.init(
            draws: draws.draws.count, pairs: draws.draws.first?.count ?? 0, strength_chosen: Float(draws.strengthOfChosen),
            strength: Float(Moments(draws.strengths).mean), drop: drops.isEmpty ? nil : Float(drop.mean),
            drop_sd: drops.isEmpty ? nil : Float(drop.sd), drop_max: drops.max().map { Float($0) },
            CE_difference: differences.isEmpty ? nil : Float(CE.mean), CE_difference_sd: differences.isEmpty ? nil : Float(CE.sd),
            KL_logits: comparisons.isEmpty ? nil : Float(Moments(comparisons.map(\.KL_logits)).mean))
    }
}

extension DictionaryLibrary {
    /// How strong each pair of a map is in some heads.
    ///
    /// - Parameters:
    ///   - map: The map.
    ///   - heads: The heads.
    ///   - measure: As the map expects over its own text, or as the pairs move the scores of the questions of `trials`.
    ///   - trials: The questions.
    /// - Complexity: a read of the heads' entries; for the questions' own, a pass up to the layer and the active pairs of all positions.
    func strengths(
        _ map: LoadedMap, _ dictionary: LoadedDictionary, heads: [Int], by measure: ControlParams.Strength, _ trials: Trials,
        _ compute: Compute
    ) async throws -> [Int: [(pair: FeaturePair, strength: Double)]] {
        var found: [Int: [(pair: FeaturePair, strength: Double)]] = [:]
        switch measure {
        case .expected_contribution:
            for head in heads {
                var wanted = MapQuery()
                wanted.head = head
                let asked = wanted, maps = maps
                let kept = try await compute.walk {
                    try maps.top(map.info.map, asked, start: 0, limit: map.info.surviving_entries).elements
                }
                found[head] = kept.map {
                    (FeaturePair(query: Int32($0.query), key: Int32($0.key)), Double($0.contribution).magnitude)
                }
            }
        case .contribution:
            let ranking = try await ranking(
                PairRanking(
                    map.featureMap, of: dictionary.pair, layer: dictionary.info.layer, heads: heads, sources: .any,
                    isAtEndOnly: false), dictionary, trials, compute)
            for head in heads {
                var own = Dictionary(map.featureMap.survivingPairs(head: head).map { ($0, 0.0) }) { first, _ in first }
                for candidate in ranking.ranked(head: head, by: \.contribution) { own[candidate.pair] = candidate.contribution }
                found[head] = own.map { ($0.key, $0.value) }
            }
        }
        return found
    }

    /// A ranking of the pairs over the questions of `trials`.
    func ranking(
        _ empty: PairRanking, _ dictionary: LoadedDictionary, _ trials: Trials, _ compute: Compute
    ) async throws -> PairRanking {
        var ranking = empty
        for batch in trials.batches {
            let before = ranking
            ranking = try await compute.run {
                var ranking = before
                try ranking.add(dictionary.model.gpt2, batch)
                return ranking
            }
        }
        return ranking
    }
}
