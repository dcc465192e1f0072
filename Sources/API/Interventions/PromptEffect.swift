/// What an intervention does to one prompt's answer.
public struct PromptEffect: Codable, Sendable, Hashable {
    /// The prompt.
    public var text: String
    /// The right answer.
    public var answer: String
    /// The model's own logit difference.
    public var logit_difference: Float
    /// The changed model's.
    public var logit_difference_changed: Float

    /// All facts.
    public init(text: String, answer: String, logit_difference: Float, logit_difference_changed: Float) {
        self.text = text
        self.answer = answer
        self.logit_difference = logit_difference
        self.logit_difference_changed = logit_difference_changed
    }
}

extension PromptEffect {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What an intervention does to one prompt's answer.",
        [
            .required("text", .string("The prompt.")),
            .required("answer", .string("The right answer.")),
            .required("logit_difference", .number("The model's own logit difference.")),
            .required("logit_difference_changed", .number("The changed model's.")),
        ])
}
