/// A prompt, with its answer if it has one.
public struct CausalPrompt: Codable, Sendable, Hashable {
    /// The prompt.
    public var text: String
    /// What should come next: one token with its space, as in ' Mary'.
    public var answer: String?
    /// What would be wrong; required with an answer.
    public var wrong: [String]?

    /// All facts.
    public init(text: String, answer: String? = nil, wrong: [String]? = nil) {
        self.text = text
        self.answer = answer
        self.wrong = wrong
    }
}

extension CausalPrompt {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A prompt, with its answer if it has one.",
        [
            .required("text", .string("The prompt.")),
            .optional("answer", .string("What should come next: one token with its space, as in ' Mary'.")),
            .optional("wrong", .array("What would be wrong; required with an answer.", of: .string(), count: 1...64)),
        ])
}
