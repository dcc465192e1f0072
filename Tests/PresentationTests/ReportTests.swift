import API
import JSON
import Presentation
import Testing

@Suite struct ReportTests {
    static let pieces = ["<|endoftext|>", "When", " John", ",", " he"]

    static func explanation(destination: Int = 4, source: Int = 2, residual: Float = 1e-6, heads: Int = 1)
        -> AttentionExplain.Result
    {
        let names = ScorePart.Name.allCases
        let parts = names.map {
            ScorePart(part: $0, value: $0 == .feature_feature ? 4 : 0.125, is_softmax_irrelevant: $0 == .feature_bias)
        }
        let pair = PairPart(
            query_feature: 17, key_feature: 301, query_activation: 2, key_activation: 3, contribution: 2.5, share: 0.5,
            survives: true,
            pattern_effect: 0.25)
        let cut = PairPart(
            query_feature: 18, key_feature: 301, query_activation: 2, key_activation: 3, contribution: -1.5, share: 0.3,
            survives: false,
            pattern_effect: -0.125)
        return AttentionExplain.Result(
            tokens: [0, 1, 2, 3, 4], pieces: pieces, model: "demo-4l", dictionary: "d1", map: "m1", layer: 0,
            destination: destination, destination_piece: pieces[destination],
            heads: (2..<2 + heads).map { head in
                HeadExplanation(
                    head: head, source: source, source_piece: pieces[source], attn_score: 5, pattern: 0.67,
                    pattern_masked_map: 0.66, pairs: [pair, cut], parts: parts, feature_pairs: 3, feature_pairs_sum: 4,
                    surviving_pairs: 1, surviving_pairs_sum: 2.5,
                    query_features: [FeatureMarginal(feature: 17, activation: 2, contribution: 3)], key_features: [],
                    bias_share: 0.25, error_share: 0.125, identity_residual: residual)
            })
    }

    @Test func `an explanation names the head, both tokens, the pattern and the score`() {
        let text = ExplainReport(Self.explanation(), basis: "map m1").text(.plain, width: 80)
        #expect(
            text.contains(
                "head 0.2 at ' he' (position 4) looks at ' John' (position 2): pattern 0.67 (masked map 0.66), score 5.00."))
        #expect(text.contains("(demo-4l, map m1)"))
    }

    @Test func `several heads have a line each, with the pair that adds most`() throws {
        let text = ExplainReport(Self.explanation(heads: 2), basis: "map m1").text(.plain, width: 80)
        let lines = text.split(separator: "\n")
        for head in ["0.2", "0.3"] {
            let line = try #require(lines.first { $0.contains(head + " ") })
            #expect(line.contains("' John'") && line.contains("q17 × k301") && line.contains("+2.50") && line.hasSuffix("13 %"))
        }
        #expect(text.contains("Where the heads of layer 0 look from ' he' (position 4)"))
    }

    @Test func `its pairs say what their features fire on and whether the map keeps them`() throws {
        let fires = FeatureExamples(
            feature: 301, density: 0.01, max_activation: 3, mean_activation: 2,
            top_tokens: [TokenCount(piece: " John", count: 8, share: 0.8)],
            examples: [])
        let text = ExplainReport(Self.explanation(), basis: "m1", key: [fires]).text(.plain, width: 80)
        let kept = try #require(text.split(separator: "\n").first { $0.contains("q17") })
        #expect(kept.contains("k301  ·John 80 %") && kept.contains("+2.50") && kept.contains("50.0 %") && kept.hasSuffix("kept"))
        let cut = try #require(text.split(separator: "\n").first { $0.contains("q18") })
        #expect(cut.contains("−1.50") && cut.hasSuffix("cut"))
        #expect(
            text.contains("3 feature pairs are active; together they add +4.00, the 1 that the map keeps +2.50. The strongest 2:")
        )
    }

    @Test func `all nine parts stand in one table, those the softmax removes marked`() throws {
        let text = ExplainReport(Self.explanation(), basis: "m1").text(.plain, width: 80)
        let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("  features") })
        #expect(row.split(separator: " ").map(String.init) == ["features", "+4.00", "+0.13*", "+0.13"])
        #expect(text.contains("* the same for every source"))
    }

    @Test func `a sum that is not the score is called out`() {
        #expect(!ExplainReport(Self.explanation(), basis: "m1").text(.plain, width: 80).contains("do not trust"))
        #expect(ExplainReport(Self.explanation(residual: 0.5), basis: "m1").text(.plain, width: 80).contains("do not trust"))
    }

    @Test func `marks stand exactly under the tokens they speak of`() {
        let text = MarkedText(pieces: Self.pieces, destination: 4, source: 2).text(.plain, width: 80)
        #expect(
            text == """
                  <|endoftext|>When·John,·he
                                   ^^^^^ ^^^
                                   │     └ position 4, the destination: its query looks back
                                   └ position 2, the source: its key is looked at

                """)
    }

    @Test func `a long prompt is broken between tokens, and each mark stays under its own`() {
        let text = MarkedText(pieces: Self.pieces, destination: 4, source: 4).text(.plain, width: 24)
        #expect(
            text == """
                  <|endoftext|>When·John
                  ,·he
                   ^^^
                   └ position 4, destination and source

                """)
    }

    @Test func `a recovered share that divides by noise is called undefined, with its denominator`() {
        let stage = ReconstructionStage(
            stage: .transcoders, CE: 1.05, CE_recovered: 17, CE_recovered_denominator: -0.004, CE_recovered_is_defined: false,
            KL_logits: 0.00035,
            heads: [.init(head: 0, KL: 0.01, max_difference: 0.1, same_argmax: 1, unexplained: 0.08)])
        let result = AttentionReconstruct.Result(
            tokens: [0], pieces: ["x"], model: "demo-4l", layer: 3, dictionary: "d1", CE: 1.0547, CE_zero: 1.0507,
            stages: [stage], L0_query: 11,
            L0_key: 11)
        let text = ReconstructReport(result).text(.plain)
        #expect(text.contains("undefined") && text.contains("−0.0040 nats") && text.contains("0.00035"))
        #expect(!text.contains("1700"), "the meaningless share is not shown")
    }

    @Test func `a heat map names the strongest source of every destination`() throws {
        let text = HeatMap(pieces: ["a", " b"], pattern: [[1, nil], [0.25, 0.75]]).text(.plain)
        let rows = text.split(separator: "\n").dropFirst()
        #expect(rows.count == 2)
        #expect(try #require(rows.last).split(separator: " ").map(String.init) == ["1", "·b", "▒█", "1", "·b", "0.75"])
    }

    @Test func `a progress line fits the terminal and counts steps`() {
        let progress = JobProgress(
            stage: "train", step: 300, of: 1500, tokens_per_s: 25_600, time_left_s: 48, metrics: ["metrics/l0_query": 4.1])
        let job = JobInfo(
            job: "j3", kind: .dictionariesTrain, state: .running, params: [:], owner_uid: 0, created_ms: 0, attempts: 1,
            progress: progress)
        #expect(ProgressLine(job).plainText == "j3 train 300/1500 · 25,600 tokens/s · 48 s left · l0_query 4.100")
        #expect(ProgressLine(job).text(width: 60).count < 60)
        #expect(ProgressLine(job).share == 0.2)
    }
}

@Suite struct CausalReportTests {
    private static let control = ControlFigures(
        draws: 10, pairs: 2, strength_chosen: 0.5, strength: 0.48, drop: 0.25, drop_sd: 0.125, drop_max: 0.75)

    @Test func `an intervention is told by what it does to loss, predictions and answers, beside its control`() throws {
        let result = InterventionsRun.Result(
            model: "demo-4l", layers: [0, 2], prompts: 1200, tokens: 20_400, CE: 1.5, CE_changed: 1.75, KL_logits: 0.125,
            answers: AnswerFigures(accuracy: 1, logit_difference: 9.5, logit_difference_sd: 2),
            answers_changed: AnswerFigures(accuracy: 0.75, logit_difference: 2, logit_difference_sd: 3), drop: 7.5, drop_sd: 1,
            control: Self.control,
            by_prompt: [PromptEffect(text: "When John", answer: " and", logit_difference: 3, logit_difference_changed: -1)])
        let text = InterventionReport(result).text(.plain)
        #expect(text.hasPrefix("demo-4l, changed in layers 0, 2: 1,200 prompts, 20,400 tokens\n"))
        func row(_ name: String) throws -> [String] {
            try #require(text.split(separator: "\n").first { $0.contains(name) }).split(separator: " ").suffix(3).map(String.init)
        }
        #expect(try row("loss per token (nats)") == ["1.5000", "1.7500", "+0.2500"])
        #expect(try row("logit difference  ") == ["9.500", "2.000", "−7.500"])
        #expect(text.contains("10 draws of 2 random pairs (strength 0.480 for 0.500)") && text.contains("−0.250 ± 0.125"))
        #expect(text.contains("·and") && text.contains("When·John"))
    }

    @Test func `a ranking shows the removals of the whole head first, then its pairs, alone and together`() throws {
        let pair = RankedPair(
            query_feature: 17, key_feature: 301, strength: 0.1, effect: 0.25, contribution: 2, prompts: 90, drop: 3,
            drop_cumulative: 4,
            query_tokens: [TokenCount(piece: " to", count: 9, share: 0.9)],
            key_tokens: [TokenCount(piece: " Mary", count: 8, share: 0.8)])
        let head = HeadRanking(
            head: 2, attention: 0.67, drop_head: 7.5, drop_all_pairs: 7, drop_surviving_pairs: 6.5, surviving_pairs: 1200,
            acting_pairs: 300, pairs: [pair], control: Self.control)
        let silent = HeadRanking(
            head: 3, attention: 0, drop_head: 0, drop_all_pairs: 0, drop_surviving_pairs: 0, surviving_pairs: 0, acting_pairs: 0,
            pairs: [])
        let text = RankReport(
            InterventionsRank.Result(
                model: "demo-4l", map: "m1", dictionary: "d1", layer: 0, source: .any, prompts: 100,
                answers: AnswerFigures(accuracy: 1, logit_difference: 9.5, logit_difference_sd: 2), heads: [head, silent])
        ).text(.plain)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            text.contains("head 0.2 attends 0.67 to its strongest source") && text.contains("no pair of the map acts here"))
        #expect(try #require(lines.first { $0.contains("the head") }).hasSuffix("−7.500"))
        #expect(try #require(lines.first { $0.contains("1,200 pairs of the map, 300 of which act") }).hasSuffix("−6.500"))
        let row = try #require(lines.first { $0.contains("q17") })
        #expect(row.contains("·to 90 %") && row.contains("k301  ·Mary 80 %") && row.hasSuffix("−3.000            −4.000"))
        #expect(text.contains("the worst changes it by −0.750"))
    }

    @Test func `a task's report gives its figures in one line, and each prompt where they are asked for`() {
        let prompt = TaskAnswer(
            text: "When John", tokens: [0, 1, 2], answer: " and", wrong: [","], positions: ["END": 2], logit: 5,
            logits_wrong: [6],
            logit_difference: -1)
        let result = TasksRun.Result(
            model: "gpt2", task: "ioi", prompts: 1,
            answers: AnswerFigures(accuracy: 0, logit_difference: -1, logit_difference_sd: 0),
            by_prompt: [prompt])
        let text = TaskReport(result).text(.plain)
        #expect(text.hasPrefix("gpt2, ioi: 1 prompt, 0.0 % answered right, logit difference −1.000 ± 0.000\n"))
        #expect(text.contains("−1.00  ·and    ,    When·John"))
    }
}
