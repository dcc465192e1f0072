import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Tensors
import Testing

@Suite struct PairRankingTests {
    /// The prompts of the reference as questions: the token at 2 is right, that at 4 wrong.
    private func questions(_ reference: InterventionReference) throws -> QuestionBatch {
        let batch = reference.batch
        let questions = (0..<batch.B).map { b in
            let tokens = Array(batch.tokens[b * batch.T..<(b + 1) * batch.T])
            return Question(tokens, Answer(right: tokens[2], wrong: [tokens[4]]))
        }
        return try #require(QuestionBatch.batches(questions).first)
    }

    private func ranking(_ reference: InterventionReference, _ sources: PairRanking.Sources, atEndOnly: Bool) throws
        -> PairRanking
    {
        var ranking = PairRanking(
            reference.map, of: reference.dictionary, layer: 0, heads: [1, 2], sources: sources, isAtEndOnly: atEndOnly)
        try ranking.add(reference.model, questions(reference))
        return ranking
    }

    /// [H, T, T] each prompt's pattern of the layer.
    private func patterns(_ reference: InterventionReference, _ interventions: [Intervention]) throws -> Tensor {
        let name = ActivationName(.pattern, 0)
        return try reference.model.forward(reference.batch, capture: [name], changing: interventions)[name]
    }

    @Test(arguments: PairRanking.Sources.allCases, [true, false])
    func `the effect in closed form is that of the pair's removal from the running model`(
        _ sources: PairRanking.Sources, _ atEndOnly: Bool
    ) throws {
        let reference = try InterventionReference(), batch = reference.batch, T = batch.T, head = 2
        let H = reference.model.configuration.n_heads
        let own = try patterns(reference, []),
            candidates = try ranking(reference, sources, atEndOnly: atEndOnly).ranked(
                head: head, by: \.effect)
        #expect(candidates.count > 20)
        let questions = try questions(reference)
        for candidate in candidates.prefix(12) + candidates.suffix(4) {
            let removed = try patterns(
                reference, [reference.intervention(0, [.init(.pair(candidate.pair), heads: [head])])])
            var effect = 0.0
            for b in 0..<batch.B {
                for i in atEndOnly ? T - 1..<T : 0..<T {
                    let row = ((b * H + head) * T + i) * T
                    let A = (0...i).map { Double(own.values[row + $0]) },
                        changed = (0...i).map { Double(removed.values[row + $0]) }
                    let tokens = Array(batch.tokens[b * T..<b * T + i + 1]), answer = questions.answers[b]
                    switch sources {
                    case .any: effect += zip(A, changed).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
                    case .strongest:
                        let j = A.indices.max { A[$0] < A[$1] } ?? 0
                        effect += A[j] - changed[j]
                    case .answer: for j in A.indices where tokens[j] == answer?.right { effect += A[j] - changed[j] }
                    case .wrong: for j in A.indices where tokens[j] == answer?.wrong[0] { effect += A[j] - changed[j] }
                    }
                }
            }
            effect /= Double(batch.B)
            // The pattern is single precision; each row adds its own rounding.
            #expect(
                abs(candidate.effect - effect) < (atEndOnly ? 1e-6 : 1e-5), "\(candidate.pair): \(candidate.effect), \(effect)")
        }
    }

    @Test func `a key feature that fires at several sources is among those compared`() throws {
        let reference = try InterventionReference(), T = reference.batch.T
        let look = try AttentionLook(
            reference.model, reference.dictionary, layer: 0, tokens: Array(reference.batch.tokens[..<T]))
        let top = try ranking(reference, .strongest, atEndOnly: true).ranked(head: 2, by: \.effect).prefix(12)
        let repeated = top.filter { candidate in
            (0..<T).count { look.key.range($0).contains { look.key.indices[$0] == candidate.pair.key } } > 1
        }
        #expect(!repeated.isEmpty)
    }

    @Test func `only pairs that the map keeps are ranked, and their order is that of the measure`() throws {
        let reference = try InterventionReference(), ranking = try ranking(reference, .any, atEndOnly: false)
        for head in [1, 2] {
            let kept = Set(reference.map.survivingPairs(head: head)), found = ranking.ranked(head: head, by: \.contribution)
            #expect(found.allSatisfy { kept.contains($0.pair) && (1...2).contains($0.prompts) })
            #expect(zip(found, found.dropFirst()).allSatisfy { $0.contribution >= $1.contribution })
        }
        // Summed over destinations, mean over prompts: what the strongest source of each row gets.
        let own = try patterns(reference, []), (B, T) = (reference.batch.B, reference.batch.T), H = reference.map.n_heads
        let strongest = (0..<B * T).reduce(0.0) { sum, row in
            let start = ((row / T * H + 2) * T + row % T) * T
            return sum + Double(own.values[start...start + row % T].max() ?? 0) / Double(B)
        }
        #expect(abs(ranking.meanAttention(head: 2) - strongest) < 1e-4)
        #expect(ranking.ranked(head: 0, by: \.effect).isEmpty, "head 0 was not asked for")
    }

    @Test func `the tokens that a feature fires on are counted over the prompts`() throws {
        let reference = try InterventionReference(), ranking = try ranking(reference, .any, atEndOnly: true), feature: Int32 = 2
        let name = ActivationName(.ln1_x, 0), batch = reference.batch
        let rows = reference.dictionary.query.encode(
            try reference.model.forward(batch, capture: [name])[name].values.span)
        var counts: [Int32: Int] = [:]
        for row in 0..<rows.rows where rows.range(row).contains(where: { rows.indices[$0] == feature }) {
            counts[batch.tokens[row], default: 0] += 1
        }
        let found = ranking.tokens(query: feature)
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.token, $0.count) }) == counts && !counts.isEmpty)
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.count >= $1.count })
    }
}

@Suite struct QuestionTests {
    @Test func `questions go through the model in batches of one length, and each keeps its number`() throws {
        let model = try Fixtures.demoModel()
        var generator = RandomGenerator(seed: 8)
        let questions = (0..<150).map { _ in
            let tokens = Fixtures.randomTokens(1 + Int(generator.next() % 30), model, seed: generator.next())
            return Question(tokens, generator.next() % 3 == 0 ? nil : Answer(right: 7, wrong: [9, 11]))
        }
        let batches = QuestionBatch.batches(questions)
        #expect(batches.flatMap(\.numbers).sorted() == Array(questions.indices))
        for batch in batches {
            #expect(batch.batch.B * batch.batch.T <= QuestionBatch.tokensAtOnce)
            let found = batch.answerLogits(model, try batch.run(model).normalized)
            for (b, number) in batch.numbers.enumerated() {
                let T = batch.batch.T
                #expect(Array(batch.batch.tokens[b * T..<(b + 1) * T]) == questions[number].tokens)
                #expect((found[b] == nil) == (questions[number].answer == nil))
            }
        }
    }

    @Test func `answers are measured by the logits after the last token`() throws {
        let model = try Fixtures.demoModel(), tokens = Fixtures.randomTokens(9, model, seed: 1)
        let logits = try model.forward(TokenBatch(tokens), capture: [.init(.logits)])[.init(.logits)]
        let V = model.configuration.d_vocab, last = Array(logits.values[8 * V..<9 * V])
        let order = last.indices.sorted { last[$0] > last[$1] }.map(Int32.init)
        let batch = try #require(
            QuestionBatch.batches([Question(tokens, Answer(right: order[1], wrong: [order[0], order[5]]))]).first)
        let found = try #require(batch.answerLogits(model, batch.run(model).normalized)[0])
        let expected = Double(last[Int(order[1])]) - (Double(last[Int(order[0])]) + Double(last[Int(order[5])])) / 2
        #expect(!found.isRight && abs(found.difference - expected) < 1e-4)
    }
}

@Suite struct PairControlTests {
    private static let strengths: [(pair: FeaturePair, strength: Double)] = (0..<40).map { (number: Int) in
        (pair: FeaturePair(query: Int32(number / 7), key: Int32(number % 7)), strength: Double(number * number))
    }

    @Test func `as many pairs are drawn as were chosen, none of those, none twice, each from the nearest in strength`() throws {
        let chosen = [3, 20, 21, 38].map { Self.strengths[$0].pair }
        let control = try #require(PairControl(of: chosen, among: Self.strengths))
        var generator = RandomGenerator(seed: 4), drawn: [Set<FeaturePair>] = []
        for _ in 0..<20 {
            let draw = control.draw(using: &generator)
            #expect(draw.count == 4 && Set(draw.map(\.pair)).count == 4 && Set(draw.map(\.pair)).isDisjoint(with: chosen))
            for (found, own) in zip(draw, [38, 21, 20, 3]) {
                let place = try #require(Self.strengths.firstIndex { $0.pair == found.pair })
                // Eight of the nearest, over the places of chosen and drawn ones.
                #expect(abs(place - own) <= PairControl.poolSize + 3, "\(place) for \(own)")
            }
            drawn.append(Set(draw.map(\.pair)))
        }
        #expect(Set(drawn).count > 10, "draws differ")
        var again = RandomGenerator(seed: 4)
        #expect(Set(control.draw(using: &again).map(\.pair)) == drawn[0], "a seed always draws the same")
    }

    @Test func `there is no control where there are too few other pairs`() {
        let all = Self.strengths.map(\.pair)
        #expect(PairControl(of: Array(all[..<21]), among: Self.strengths) == nil)
        #expect(PairControl(of: Array(all[..<20]), among: Self.strengths) != nil)
    }

    @Test func `moments are those of a sample`() {
        #expect(Moments([1, 2, 3, 4]).mean == 2.5 && abs(Moments([1, 2, 3, 4]).sd - 1.2909944487358056) < 1e-12)
        #expect(Moments([5]).mean == 5 && Moments([5]).sd == 0 && Moments([]).mean == 0)
    }
}
