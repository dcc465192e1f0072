import API
import Artifacts
import Attribution
import Checkpoints
import Dictionaries
import GPT2

// For each head, the same questions are asked:
//
// 1. with the head's pattern removed, with the sum over all its pairs removed, with every pair of the map removed;
// 2. with each candidate removed by itself: the pairs of the greatest effect or contribution, as many as are asked for, or four times as
//    many if those with the greatest drops are to be named;
// 3. with the named pairs removed together, the first two, the first three, and so on;
// 4. with as many random pairs of equal strength removed, several times.

/// `interventions.rank`.
struct InterventionsRankHandler: MethodHandler {
    typealias M = InterventionsRank
    let dictionaries: DictionaryLibrary
    let compute: Compute
    let rights: Rights

    /// Tokens listed of each feature.
    private static let topTokens = 3
    /// Candidates for each pair that is named for its drop.
    private static let candidatesPerPair = 4

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let (dictionary, found) = try await dictionaries.named(map: params.map, dictionary: nil, modelName: params.model)
        guard let map = found else { throw APIError(.mapNotFound, "there is no map '\(params.map)'") }
        let heads = try dictionary.model.heads(params.heads)
        let access = rights.access(of: call)
        let list = try await compute.run { try QuestionList(params, model: dictionary.model, access: access) }
        let trials = Trials(model: dictionary.model, compute: compute, questions: list.questions)
        let ranking = try await dictionaries.ranking(
            PairRanking(
                map.featureMap, of: dictionary.pair, layer: dictionary.info.layer, heads: heads,
                sources: PairRanking.Sources(params.source), isAtEndOnly: params.destination == .end), dictionary, trials, compute
        )
        let strengths = try await dictionaries.strengths(
            map, dictionary, heads: heads, by: params.control.strength, trials, compute)

        let surveys = heads.map { HeadSurvey($0, params, ranking) }
        let first = try await drops(surveys.map(\.changes), map, dictionary, trials)
        let choices = zip(surveys, first.drops).map { HeadChoice($0, $1, params, strengths) }
        let second = try await drops(choices.map(\.changes), map, dictionary, trials)

        guard let answers = AnswerFigures(first.own) else { throw APIError(.textEmpty, "there are no prompts") }
        return M.Result(
            model: dictionary.model.name, map: map.info.map, dictionary: dictionary.info.dictionary, layer: dictionary.info.layer,
            source: params.source, prompts: list.questions.count, answers: answers,
            heads: zip(choices, second.drops).map { report($0, $1, ranking, strengths, map, dictionary.model) })
    }

    /// What changes take from the mean logit difference, head by head and change by change, and the model's own answers.
    private func drops(
        _ changes: [[[Intervention.Edit]]], _ map: LoadedMap, _ dictionary: LoadedDictionary, _ trials: Trials
    ) async throws -> (drops: [[Double]], own: [AnswerLogits?]) {
        let interventions = try await compute.run { changes.joined().map { [intervention($0, map, dictionary)] } }
        let outcome = try await trials.measure(interventions, comparesLogits: false)
        var place = 0
        let drops = changes.map { changes in
            changes.map { _ in
                defer { place += 1 }
                return outcome.drop(place) ?? 0
            }
        }
        return (drops, outcome.own)
    }

    private func intervention(_ edits: [Intervention.Edit], _ map: LoadedMap, _ dictionary: LoadedDictionary) -> Intervention {
        let c = dictionary.model.gpt2.configuration, layer = dictionary.info.layer
        return Intervention(
            layer: layer, n_heads: c.n_heads, dictionary: dictionary.pair, map: map.featureMap, attn_scale: c.attn_scale(layer),
            edits: edits)
    }

    /// A head's report, from what the changes of its choice take.
    private func report(
        _ choice: HeadChoice, _ drops: [Double], _ ranking: PairRanking,
        _ strengths: [Int: [(pair: FeaturePair, strength: Double)]], _ map: LoadedMap, _ model: LoadedModel
    ) -> HeadRanking {
        let head = choice.head
        let strength = Dictionary((strengths[head] ?? []).map { ($0.pair, $0.strength) }) { first, _ in first }
        // The first pair has none before it.
        let together = [choice.pairs.first?.drop ?? 0] + drops
        let pairs = choice.pairs.enumerated().map { place, named in
            let candidate = named.candidate
            return RankedPair(
                query_feature: Int(candidate.pair.query), key_feature: Int(candidate.pair.key),
                strength: Float(strength[candidate.pair] ?? 0), effect: Float(candidate.effect),
                contribution: Float(candidate.contribution), prompts: candidate.prompts, drop: Float(named.drop),
                drop_cumulative: Float(together[place]), query_tokens: tokens(ranking.tokens(query: candidate.pair.query), model),
                key_tokens: tokens(ranking.tokens(key: candidate.pair.key), model))
        }
        return HeadRanking(
            head: head, attention: Float(ranking.meanAttention(head: head)), drop_head: Float(choice.wholeDrops[0]),
            drop_all_pairs: Float(choice.wholeDrops[1]), drop_surviving_pairs: Float(choice.wholeDrops[2]),
            surviving_pairs: map.featureMap.survivingPairs(head: head).count, acting_pairs: choice.acting, pairs: pairs,
            control: choice.draws.map { ControlFigures($0, drops: Array(drops[max(pairs.count - 1, 0)...])) })
    }

    private func tokens(_ counts: [(token: Int32, count: Int)], _ model: LoadedModel) -> [TokenCount] {
        let total = counts.reduce(0) { $0 + $1.count }
        return counts.prefix(Self.topTokens).map {
            TokenCount(piece: model.piece($0.token), count: $0.count, share: Float($0.count) / Float(max(total, 1)))
        }
    }

    /// What is tried first on a head: it as a whole, and its candidates.
    private struct HeadSurvey {
        static let whole: [Intervention.Target] = [.head, .allPairs, .survivingPairs]

        let head: Int
        let candidates: [PairRanking.Candidate]
        /// How many pairs act.
        let acting: Int

        init(_ head: Int, _ params: M.Params, _ ranking: PairRanking) {
            self.head = head
            let all = ranking.ranked(head: head, by: params.by == .contribution ? \.contribution : \.effect)
            acting = all.count
            candidates = Array(all.prefix(params.by == .drop ? candidatesPerPair * params.top : params.top))
        }

        /// Each target as a whole, then each candidate by itself.
        var changes: [[Intervention.Edit]] {
            (Self.whole + candidates.map { .pair($0.pair) }).map { [Intervention.Edit($0, heads: [head])] }
        }
    }

    /// The pairs that are named for a head, and those drawn to stand beside them.
    private struct HeadChoice {
        let head: Int
        let acting: Int
        let wholeDrops: [Double]
        let pairs: [(candidate: PairRanking.Candidate, drop: Double)]
        /// nil where the map has too few other pairs.
        let draws: PairDraws?

        init(
            _ survey: HeadSurvey, _ drops: [Double], _ params: M.Params,
            _ strengths: [Int: [(pair: FeaturePair, strength: Double)]]
        ) {
            (head, acting) = (survey.head, survey.acting)
            wholeDrops = Array(drops.prefix(HeadSurvey.whole.count))
            var found = zip(survey.candidates, drops.dropFirst(HeadSurvey.whole.count)).map { (candidate: $0, drop: $1) }
            if params.by == .drop { found.sort { $0.drop > $1.drop } }
            pairs = Array(found.prefix(params.top))
            let head = survey.head
            let chosen = pairs.map { PairDraws.Choice(head: head, pair: $0.candidate.pair) }
            draws = chosen.isEmpty ? nil : try? PairDraws(of: chosen, among: strengths, params.control)
        }

        /// The pairs together with those before each but the first, then the draws.
        var changes: [[Intervention.Edit]] {
            let single = pairs.map { Intervention.Edit(.pair($0.candidate.pair), heads: [head]) }
            let drawn = (draws?.draws ?? []).map { $0.map { Intervention.Edit(.pair($0.pair), heads: [head]) } }
            return single.indices.dropFirst().map { Array(single[...$0]) } + drawn
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
