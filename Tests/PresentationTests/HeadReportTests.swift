import API
import Presentation
import Testing

/// Facts of heads as people read them.
@Suite struct HeadReportTests {
    @Test func `a self-test says what is wrong, where, and what was left out`() {
        let check = SelfTestCheck(
            check: "attention_scores", compares: "scores", is_passed: false, numbers: 1234, wrong: 5, worst_deviation: 0.5,
            tolerance: 0.002, place: "head 1.2, prompt 0, position 3 to 1")
        let failed = ModelsSelftest.Result(
            model: "gpt2", known_as: "GPT-2 small", verdict: .failed, checks: [check], left_out: ["edges: not published"])
        #expect(
            SelfTestReport(failed).text(.plain) == """
                gpt2 is GPT-2 small, and does not compute what is known of it.

                check                     numbers  wrong    worst  allowed  where
                attention_scores  FAILED    1,234      5  5.0e−01  2.0e−03  head 1.2, prompt 0, position 3 to 1
                left out: edges: not published

                """)
        let other = ModelsSelftest.Result(
            model: "tiny", verdict: .other_model, reason: "it has 2 layers", checks: [], left_out: [])
        #expect(
            SelfTestReport(other).text(.plain) == "tiny is no model that numbers are known of: it has 2 layers.\n")
        let passed = ModelsSelftest.Result(model: "gpt2", known_as: "GPT-2 small", verdict: .passed, checks: [], left_out: [])
        #expect(SelfTestReport(passed).text(.plain) == "gpt2 is GPT-2 small, and computes what is known of it.\n")
    }

    @Test func `composition is shown beside what is random`() {
        let result = HeadsComposition.Result(
            model: "m", kind: .k, baseline: 0.05, mean: 0.0712, total: 1234,
            pairs: [.init(from_layer: 1, from_head: 0, to_layer: 10, to_head: 7, score: 0.25)])
        #expect(
            CompositionReport(result).text(.plain) == """
                key composition in m: 1,234 pairs, mean 0.0712, random 0.0500
                writes  reads   score  × random
                1.0     10.7   0.2500       5.0

                """)
        let none = HeadsComposition.Result(model: "m", kind: .q, baseline: 0.05, mean: 0, total: 0, pairs: [])
        #expect(CompositionReport(none).text(.plain) == "there is no such pair of heads\n")
    }

    @Test func `retrieval shows the heads that copy, and the note`() {
        let result = HeadsRetrieval.Result(
            model: "m", corpus: "demo", needle: "a b", question: "c", answer: "b",
            trials: [.init(length: 78, depth: 0.5, needle_position: 30, answer: "b", recall: 1, is_answered: true)], answered: 1,
            note: "Few.", threshold: 0.1,
            heads: [
                .init(layer: 0, head: 0, generated: 0, teacher_forced: 0, is_retrieval_head: false),
                .init(layer: 2, head: 2, generated: 0.75, teacher_forced: 0.5, is_retrieval_head: true),
            ])
        #expect(
            RetrievalReport(result).text(.plain) == """
                m, haystack demo, needle a·b, question c

                tokens  depth  needle at  recall  answered
                    78   50 %         30   100 %  b

                head  generated  teacher-forced
                2.2       0.750           0.500  retrieval head
                Few.
                1 of 2 heads score above 0.10

                """)
        #expect(RetrievalReport(result, showsAll: true).text(.plain).contains("0.0 "))
    }
}
