/// One prompt of a task, and what the model answers.
public struct TaskAnswer: Codable, Sendable, Hashable {
    /// The prompt.
    public var text: String
    /// The tokens as the model read them, BOS included.
    public var tokens: [Int]
    /// The right answer.
    public var answer: String
    /// What would be wrong.
    public var wrong: [String]
    /// Where the words stand that the task is about; END is the last token.
    public var positions: [String: Int]
    /// The minimal pair: the prompt with one word changed so that another answer is right; absent if the task has none.
    public var counterpart: String?
    /// What is right there.
    public var counterpart_answer: String?
    /// The answer's logit after the last token.
    public var logit: Float
    /// The wrong answers' logits.
    public var logits_wrong: [Float]
    /// The answer's logit less the mean of the wrong ones'.
    public var logit_difference: Float

    /// All facts.
    public init(
        text: String, tokens: [Int], answer: String, wrong: [String], positions: [String: Int], counterpart: String? = nil,
        counterpart_answer: String? = nil, logit: Float, logits_wrong: [Float], logit_difference: Float
    ) {
        self.text = text
        self.tokens = tokens
        self.answer = answer
        self.wrong = wrong
        self.positions = positions
        self.counterpart = counterpart
        self.counterpart_answer = counterpart_answer
        self.logit = logit
        self.logits_wrong = logits_wrong
        self.logit_difference = logit_difference
    }
}

extension TaskAnswer {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One prompt of a task, and what the model answers.",
        [
            .required("text", .string("The prompt.")),
            .required("tokens", Schema.tokens),
            .required("answer", .string("The right answer.")),
            .required("wrong", .array("What would be wrong.", of: .string())),
            .required(
                "positions",
                .map("Where the words stand that the task is about; END is the last token.", of: .integer(in: 0...Int.max))),
            .optional(
                "counterpart",
                .string(

                    "The minimal pair: the prompt with one word changed so that another answer is right; absent if the task "
                        + "has none."
                )),
            .optional("counterpart_answer", .string("What is right there.")),
            .required("logit", .number("The answer's logit after the last token.")),
            .required("logits_wrong", .array("The wrong answers' logits.", of: .number())),
            .required("logit_difference", .number("The answer's logit less the mean of the wrong ones'.")),
        ])
}
