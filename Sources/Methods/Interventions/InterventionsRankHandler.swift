import API
import Artifacts
import Attribution
import Checkpoints
import Dictionaries
import GPT2

// For each head, the same questions are asked:
//
// 1. as the model is; with the head's pattern removed; with the sum over all its pairs removed; with every pair of the map removed;
// 2. with each of the strongest pairs removed, alone and together with those before it;
// 3. with as many random pairs of equal strength removed, several times.

/// `interventions.rank`.
struct InterventionsRankHandler: MethodHandler {
    typealias M = InterventionsRank
    let dictionaries: DictionaryLibrary
    let compute: Compute

    /// Tokens listed of each feature.
    private static let topTokens = 3

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let (dictionary, found) = try await dictionaries.named(map: params.map, dictionary: nil, modelName: params.model)
        guard let map = found else { throw APIError(.mapNotFound, "there is no map '\(params.map)'") }
        let heads = try dictionary.model.heads(params.heads)
        let list = try await compute.run { try QuestionList(params, model: dictionary.model) }
        let trials = Trials(model: dictionary.model, compute: compute, questions: list.questions)
        let ranking = try await dictionaries.ranking(
            PairRanking(
                map.featureMap, of: dictionary.pair, layer: dictionary.info.layer, heads: heads,
                sources: PairRanking.Sources(params.source), isAtEndOnly: params.destination == .end), dictionary, trials, compute
        )
        let strengths = try await dictionaries.strengths(
            map, dictionary, heads: heads, by: params.control.strength, trials, compute)
        let works = heads.map { HeadWork($0, params, ranking, strengths) }
        let changes = works.flatMap(\.changes)
        let interventions = try await compute.run { changes.map { [intervention($0, map, dictionary)] } }
        let outcome = try await trials.measure(interventions, comparesLogits: false)

        guard let answers = AnswerFigures(outcome.own) else { throw APIError(.textEmpty, "there are no prompts") }
        var first = 0
        let reports = works.map { work in
            defer { first += work.changes.count }
            let drops = (first..<first + work.changes.count).map { outcome.drop($0) ?? 0 }
            return report(work, drops, ranking, strengths[work.head] ?? [], map, dictionary.model)
        }
        return M.Result(
            model: dictionary.model.name, map: map.info.map, dictionary: dictionary.info.dictionary, layer: dictionary.info.layer,
            prompts: list.questions.count, answers: answers, heads: reports)
    }

    private func intervention(_ edits: [Intervention.Edit], _ map: LoadedMap, _ dictionary: LoadedDictionary) -> Intervention {
        let c = dictionary.model.gpt2.configuration, layer = dictionary.info.layer
        return Intervention(
            layer: layer, n_heads: c.n_heads, dictionary: dictionary.pair, map: map.featureMap, attn_scale: c.attn_scale(layer),
            edits: edits)
    }

    /// One head's strongest pairs, and all that is tried on it.
    private struct HeadWork {
        let head: Int
        let candidates: [PairRanking.Candidate]
        let acting: Int
        /// nil where the map has too few other pairs.
        let draws: PairDraws?

        init(
            _ head: Int, _ params: M.Params, _ ranking: PairRanking, _ strengths: [Int: [(pair: FeaturePair, strength: Double)]]
        ) {
            self.head = head
            let all = ranking.ranked(head: head, by: params.by == .effect ? \.effect : \.contribution)
            acting = all.count
            candidates = Array(all.prefix(params.top))
            let chosen = candidates.map { PairDraws.Choice(head: head, pair: $0.pair) }
            draws = chosen.isEmpty ? nil : try? PairDraws(of: chosen, among: strengths, params.control)
        }

        /// The pattern, all pairs and the map's pairs; each pair alone; the pairs together with those before; the draws.
        var changes: [[Intervention.Edit]] {
            let whole: [Intervention.Target] = [.head, .allPairs, .survivingPairs]
            let single = candidates.map { Intervention.Edit(.pair($0.pair), heads: [head]) }
            let drawn = (draws?.draws ?? []).map { $0.map { Intervention.Edit(.pair($0.pair), heads: [head]) } }
            return whole.map { [Intervention.Edit($0, heads: [head])] } + single.map { [$0] }
                + single.indices.map { Array(single[...$0]) } + drawn
        }
    }

    /// A head's figures, from what its changes take, in their order.
    private func report(
        _ work: HeadWork, _ drops: [Double], _ ranking: PairRanking, _ strengths: [(pair: FeaturePair, strength: Double)],
        _ map: LoadedMap, _ model: LoadedModel
    ) -> HeadRanking {
        let (whole, count) = (3, work.candidates.count)
        let expected = Dictionary(strengths.map { ($0.pair, $0.strength) }) { first, _ in first }
        let pairs = work.candidates.enumerated().map { place, candidate in
            RankedPair(
                query_feature: Int(candidate.pair.query), key_feature: Int(candidate.pair.key),
                strength: Float(expected[candidate.pair] ?? 0), effect: Float(candidate.effect),
                contribution: Float(candidate.contribution), prompts: candidate.prompts, drop: Float(drops[whole + place]),
                drop_cumulative: Float(drops[whole + count + place]),
                query_tokens: tokens(ranking.tokens(query: candidate.pair.query), model),
                key_tokens: tokens(ranking.tokens(key: candidate.pair.key), model))
        }
        return HeadRanking(
            head: work.head, attention: Float(ranking.meanAttention(head: work.head)), drop_head: Float(drops[0]),
            drop_all_pairs: Float(drops[1]), drop_surviving_pairs: Float(drops[2]),
            surviving_pairs: map.featureMap.survivingPairs(head: work.head).count, acting_pairs: work.acting, pairs: pairs,
            control: work.draws.map { ControlFigures($0, drops: Array(drops[(whole + 2 * count)...])) })
    }

    private func tokens(_ counts: [(token: Int32, count: Int)], _ model: LoadedModel) -> [TokenCount] {
        let total = counts.reduce(0) { $0 + $1.count }
        return counts.prefix(Self.topTokens).map {
            TokenCount(piece: model.piece($0.token), count: $0.count, share: Float($0.count) / Float(max(total, 1)))
        }
    }
}

extension PairRanking.Sources {
    /// As the wire has it.
    fileprivate init(_ source: InterventionsRank.Source) {
        self =
            switch source {
            case .strongest: .strongest
            case .any: .any
            case .answer: .answer
            case .wrong: .wrong
            }
    }
}
