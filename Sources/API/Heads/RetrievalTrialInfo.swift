/// One needle in one haystack, and what the model answered.
public struct RetrievalTrialInfo: Codable, Sendable, Hashable {
    /// Tokens of the prompt.
    public var length: Int
    /// Where the needle was to stand: 0 for the beginning, 1 for the end.
    public var depth: Double
    /// Where it stands.
    public var needle_position: Int
    /// What the model generated; absent if it was not asked to.
    public var answer: String?
    /// The share of the right answer's words in it (ROUGE-1 recall).
    public var recall: Float?
    /// Whether that is enough for the trial to count: more than a half.
    public var is_answered: Bool?

    /// All facts.
    public init(
        length: Int, depth: Double, needle_position: Int, answer: String? = nil, recall: Float? = nil, is_answered: Bool? = nil
    ) {
        self.length = length
        self.depth = depth
        self.needle_position = needle_position
        self.answer = answer
        self.recall = recall
        self.is_answered = is_answered
    }
}

extension RetrievalTrialInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One needle in one haystack, and what the model answered.",
        [
            .required("length", .count("Tokens of the prompt.")),
            .required("depth", .share("Where the needle was to stand: 0 for the beginning, 1 for the end.")),
            .required("needle_position", .position("Where it stands.")),
            .optional("answer", .string("What the model generated; absent if it was not asked to.")),
            .optional("recall", .share("The share of the right answer's words in it (ROUGE-1 recall).")),
            .optional("is_answered", .boolean("Whether that is enough for the trial to count: more than a half.")),
        ])
}
