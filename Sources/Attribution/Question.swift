private import Checkpoints
public import GPT2
public import Tensors

/// What a prompt should be continued by, and by what it should not.
public struct Answer: Hashable, Sendable {
    /// The token that is right.
    public let right: Int32
    /// The tokens that would be wrong; at least one.
    public let wrong: [Int32]

    /// An answer.
    public init(right: Int32, wrong: [Int32]) {
        precondition(!wrong.isEmpty, "an answer is measured against at least one other")
        (self.right, self.wrong) = (right, wrong)
    }
}

/// A prompt, and the answer that is looked for at its end.
public struct Question: Hashable, Sendable {
    /// [T] the prompt.
    public let tokens: [Int32]
    /// What should follow; nil for a text that asks nothing.
    public let answer: Answer?

    /// A question.
    public init(_ tokens: [Int32], _ answer: Answer? = nil) { (self.tokens, self.answer) = (tokens, answer) }
}

/// The logits of an answer's tokens after the last token of its prompt.
public struct AnswerLogits: Sendable {
    /// The right token's.
    public let right: Float
    /// The wrong tokens', in their order.
    public let wrong: [Float]

    /// Logits.
    public init(right: Float, wrong: [Float]) { (self.right, self.wrong) = (right, wrong) }

    /// The right token's less the mean of the wrong ones'.
    public var difference: Double { Double(right) - wrong.reduce(0) { $0 + Double($1) } / Double(wrong.count) }
    /// Whether the right token's is above every wrong one's.
    public var isRight: Bool { wrong.allSatisfy { $0 < right } }
}

/// Questions of the same length, which go through the model together.
///
/// None is padded, so losses and divergences count real tokens only.
public struct QuestionBatch: Sendable {
    /// Where each stands in the list that the batches were made of.
    public let numbers: [Int]
    /// [B, T] the prompts.
    public let batch: TokenBatch
    /// The answers, a nil where none is looked for.
    public let answers: [Answer?]

    /// A batch.
    ///
    /// - Parameters:
    ///   - numbers: Where each question stands in a list.
    ///   - batch: [B, T] the prompts.
    ///   - answers: [B] the answers, a nil where none is looked for.
    public init(numbers: [Int], batch: TokenBatch, answers: [Answer?]) {
        precondition(numbers.count == batch.B && answers.count == batch.B, "\(batch.B) prompts, \(answers.count) answers")
        (self.numbers, self.batch, self.answers) = (numbers, batch, answers)
    }

    /// Tokens that go through the model at once: enough for a product to be fast, few enough for other calls to get their turn.
    public static let tokensAtOnce = 1024

    /// Batches of all questions, the shortest first, the order of the list kept among equals.
    public static func batches(_ questions: [Question]) -> [QuestionBatch] {
        var byLength: [Int: [Int]] = [:]
        for (number, question) in questions.enumerated() { byLength[question.tokens.count, default: []].append(number) }
        return byLength.sorted { $0.key < $1.key }.flatMap { T, numbers in
            let size = max(1, tokensAtOnce / max(T, 1))
            return stride(from: 0, to: numbers.count, by: size).map { first in
                let part = Array(numbers[first..<min(first + size, numbers.count)])
                return QuestionBatch(
                    numbers: part, batch: TokenBatch(part.flatMap { questions[$0].tokens }, B: part.count, T: T),
                    answers: part.map { questions[$0].answer })
            }
        }
    }

    /// Runs the model over the prompts.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - layer: Where passes with changes will start; nil if there will be none.
    /// - Returns: [B, T, D] `ln_final.hook_normalized`, and that start.
    /// - Throws: ``GPT2Error``.
    public func run(_ model: GPT2Model, startingLaterAt layer: Int? = nil) throws -> (normalized: Tensor, start: ResidualStart?) {
        let name = ActivationName(.ln_final_normalized), stream = layer.map { ActivationName(.resid_pre, $0) }
        let found = try model.forward(batch, capture: Set([name] + (stream.map { [$0] } ?? [])))
        return (found[name], layer.map { ResidualStart(layer: $0, resid_pre: found[.resid_pre, $0]) })
    }

    /// Runs the model over the prompts with changes.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - start: Where the model itself had come before any of the layers changed; nil to begin with the tokens.
    ///   - interventions: What is changed in it.
    /// - Returns: [B, T, D] `ln_final.hook_normalized`.
    /// - Throws: ``GPT2Error``.
    public func run(_ model: GPT2Model, from start: ResidualStart?, changing interventions: [Intervention]) throws -> Tensor {
        let name = ActivationName(.ln_final_normalized)
        return try model.forward(batch, from: start, capture: [name], changing: interventions)[name]
    }

    /// The logits of the answers.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - normalized: The last LayerNorm's output, as a run returned it.
    /// - Returns: [B] nil where no answer is looked for.
    public func answerLogits(_ model: GPT2Model, _ normalized: Tensor) -> [AnswerLogits?] {
        guard answers.contains(where: { $0 != nil }) else { return answers.map { _ in nil } }
        let (D, V, T) = (model.configuration.d_model, model.configuration.d_vocab, batch.T)
        var last: [Float] = []
        for b in 0..<batch.B { last += normalized.values[((b + 1) * T - 1) * D..<(b + 1) * T * D] }
        var logits = [Float](scratch: batch.B * V)
        var span = logits.mutableSpan
        model.unembed(last.span, into: &span)
        return answers.enumerated().map { b, answer in
            answer.map { answer in
                AnswerLogits(right: logits[b * V + Int(answer.right)], wrong: answer.wrong.map { logits[b * V + Int($0)] })
            }
        }
    }
}
