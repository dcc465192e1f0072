import Checkpoints
import GPT2
import Heads
import Tensors
import Testing

/// Needles, and the heads that copy them, beside NumPy on transformers' patterns.
@Suite struct RetrievalTests {
    private func prompt(_ expected: borrowing SafetensorsFile) throws -> NeedlePrompt {
        let span = try Fixtures.tokens(expected, "retrieval.needle")
        return NeedlePrompt(
            tokens: try Fixtures.tokens(expected, "retrieval.prompt"), needle: Int(span[0])..<Int(span[1]),
            answer: try Fixtures.tokens(expected, "retrieval.wanted"))
    }

    @Test func `the demo model's copying heads are found, whoever answers`() throws {
        let model = try Fixtures.model("demo-4l"), expected = try Fixtures.expected("demo-4l")
        let start = try RetrievalTrial(model, prompt(expected), bos: 0)
        var forced = start, generated = start
        try forced.force()
        let wanted = try expected.tensor("retrieval.forced").values
        #expect(forced.scores.map { Float($0) } == wanted)
        #expect(forced.scores[2 * 4 + 2] > 0.7, "head 2.2 copies")
        while try generated.generate(3) {}
        #expect(generated.answer == (try Fixtures.tokens(expected, "retrieval.answer")))
        #expect(generated.scores.map { Float($0) } == (try expected.tensor("retrieval.generated").values))
        #expect(start.answer.isEmpty && start.scores.allSatisfy { $0 == 0 }, "a copy goes its own way")
    }

    @Test func `an answer ends at its limit and at BOS`() throws {
        let model = try Fixtures.model("demo-4l"), expected = try Fixtures.expected("demo-4l")
        var trial = try RetrievalTrial(model, prompt(expected), bos: 0)
        #expect(try !trial.generate(100, limit: 3))
        #expect(trial.answer.count == 3)
        var whole = try RetrievalTrial(model, prompt(expected), bos: 0)
        #expect(try !whole.generate(100))
        #expect(whole.answer.count < RetrievalTrial.longestAnswer && !whole.answer.contains(0))
    }

    @Test func `a needle stands behind the sentence before its depth`() {
        let haystack = Haystack(Array(100..<140), endsSentence: (0..<40).map { $0 % 10 == 9 })
        func made(_ depth: Double, bos: Int32? = 0) -> NeedlePrompt {
            haystack.hiding([1, 2, 3], question: [4, 5], answer: [2], length: 31, depth: depth, bos: bos)
        }
        for (depth, place) in [(0.0, 1), (0.3, 9), (0.5, 11), (0.9, 21), (1.0, 26)] {
            let prompt = made(depth)
            #expect(prompt.tokens.count == 31 && prompt.tokens.first == 0 && prompt.tokens.suffix(2) == [4, 5])
            #expect(prompt.needle == place..<place + 3 && Array(prompt.tokens[prompt.needle]) == [1, 2, 3], "depth \(depth)")
            #expect(prompt.tokens.filter { $0 >= 100 } == Array(100..<125), "the haystack is whole")
        }
        #expect(made(0, bos: nil).needle == 0..<3)
        let plain = Haystack(Array(100..<140), endsSentence: Array(repeating: false, count: 40))
        let middle = plain.hiding([1], question: [], answer: [1], length: 11, depth: 0.5, bos: nil)
        #expect(middle.needle == 5..<6, "without a sentence's end it stands where it should")
    }

    @Test func `recall counts the words that are wanted`() {
        #expect(WordRecall.recall(of: "eat a Sandwich, a big one", in: "EAT a sandwich") == 0.5)
        #expect(WordRecall.recall(of: "a a a", in: "a b a") == 2.0 / 3)
        #expect(WordRecall.recall(of: "x", in: "x x y z") == 1)
        #expect(WordRecall.recall(of: "...", in: "x") == 0 && WordRecall.recall(of: "x", in: "") == 0)
    }
}
