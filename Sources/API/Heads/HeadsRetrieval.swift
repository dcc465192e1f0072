// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `heads.retrieval`: which heads copy a needle out of a haystack.
public enum HeadsRetrieval: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// A text, as `maps.train` takes it.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// What is hidden; a sentence that suits the model if absent.
        public var needle: String?
        /// What stands at the end of the prompt; one that suits the needle if both are absent, nothing if only this is.
        public var question: String?
        /// What should follow: the needle, or a part of it; the needle if absent.
        public var answer: String?
        /// Tokens of the prompts; half and all of what the context leaves if absent.
        public var lengths: [Int]?
        /// Where the needle stands: 0 for the beginning, 1 for the end.
        public var depths: [Double]
        /// Who answers.
        public var variant: RetrievalVariant
        /// How many tokens the model may generate.
        public var answer_tokens: Int
        /// Whether a BOS token stands in front of each context that is made here.
        public var prepend_bos: Bool

        /// All parameters.
        public init(
            model: String? = nil, corpus: String? = nil, text_field: String? = nil, needle: String? = nil,
            question: String? =
                nil, answer: String? = nil, lengths: [Int]? = nil, depths: [Double] = [0, 0.5, 1],
            variant: RetrievalVariant =
                .both, answer_tokens: Int = 50, prepend_bos: Bool = true
        ) {
            self.model = model
            self.corpus = corpus
            self.text_field = text_field
            self.needle = needle
            self.question = question
            self.answer = answer
            self.lengths = lengths
            self.depths = depths
            self.variant = variant
            self.answer_tokens = answer_tokens
            self.prepend_bos = prepend_bos
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The text of the haystack.
        public var corpus: String
        /// What was hidden.
        public var needle: String
        /// What stood at the end of the prompts.
        public var question: String
        /// What should have followed.
        public var answer: String
        /// The prompts, and what was answered.
        public var trials: [RetrievalTrialInfo]
        /// How many of them the model answered well enough to count; absent if it was not asked to.
        public var answered: Int?
        /// What to know before trusting the generated scores; absent if there is nothing.
        public var note: String?
        /// From which score on a head counts as a retrieval head.
        public var threshold: Double
        /// The heads, layer by layer.
        public var heads: [RetrievalScore]

        /// All facts.
        public init(
            model: String, corpus: String, needle: String, question: String, answer: String, trials: [RetrievalTrialInfo],
            answered: Int? = nil, note: String? = nil, threshold: Double, heads: [RetrievalScore]
        ) {
            self.model = model
            self.corpus = corpus
            self.needle = needle
            self.question = question
            self.answer = answer
            self.trials = trials
            self.answered = answered
            self.note = note
            self.threshold = threshold
            self.heads = heads
        }
    }

    public static let name = "heads.retrieval"
    public static let summary = "Finds the heads that copy a sentence out of a long text into the answer."
    public static let description = """
        A needle is hidden in a haystack at several depths, a question stands behind it. A head copies a token when it \
        looks most at the needle's copy of the token that comes next; its score is the share of the right answer that it \
        copies (Wu et al., 2404.15574). Generated: the model answers by itself, and a trial counts if it says more than \
        half of the right answer's words. Teacher-forced: the right answer is fed, which needs no model that answers; \
        small models rarely do, and note says so. Prompts of the model's whole context take seconds each, in steps, with \
        other calls in between.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("corpus", Schema.corpus(ifAbsent: "the embedded model's text, which only that model may leave out")),
            .optional("text_field", Schema.textField),
            .optional("needle", .string("What is hidden; a sentence that suits the model if absent.", length: 1...4096)),
            .optional(
                "question",
                .string(
                    "What stands at the end of the prompt; one that suits the needle if both are absent, nothing if only this is.",
                    length: 0...4096)),
            .optional(
                "answer", .string("What should follow: the needle, or a part of it; the needle if absent.", length: 1...4096)),
            .optional(
                "lengths",
                .array(
                    "Tokens of the prompts; half and all of what the context leaves if absent.", of: .integer(in: 8...Int.max),
                    count: 1...16)),
            .optional(
                "depths",
                .array(
                    "Where the needle stands: 0 for the beginning, 1 for the end.", of: .share("Where the needle stands."),
                    count: 1...16), default: [0, 0.5, 1]),
            .optional("variant", RetrievalVariant.schema, default: .string(RetrievalVariant.both.rawValue)),
            .optional("answer_tokens", .integer("How many tokens the model may generate.", in: 1...256), default: 50),
            .optional(
                "prepend_bos", .boolean("Whether a BOS token stands in front of each context that is made here."), default: true),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("corpus", .string("The text of the haystack.")),
            .required("needle", .string("What was hidden.")),
            .required("question", .string("What stood at the end of the prompts.")),
            .required("answer", .string("What should have followed.")),
            .required("trials", .array("The prompts, and what was answered.", of: RetrievalTrialInfo.schema)),
            .optional(
                "answered", .count("How many of them the model answered well enough to count; absent if it was not asked to.")),
            .optional("note", .string("What to know before trusting the generated scores; absent if there is nothing.")),
            .required("threshold", .share("From which score on a head counts as a retrieval head.")),
            .required("heads", .array("The heads, layer by layer.", of: RetrievalScore.schema)),
        ])
    public static let errors: [ErrorKind] = [
        .modelNotFound, .textTooLong, .textEmpty, .textUnreadable, .tokenOutOfRange, .tokenizerUnreadable, .fileNotFound,
        .pathRefused,
        .cancelled,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["variant": "teacher_forced", "depths": [0.5]],
        nil
    )
}

/// Who answers a question about a needle.
public enum RetrievalVariant: String, Codable, Sendable, CaseIterable {
    /// Once the model by itself, once with the right answer fed.
    case both
    /// The model by itself.
    case generated
    /// The right answer is fed.
    case teacher_forced
}

extension RetrievalVariant {
    /// What it is on the wire.
    static let schema = Schema.string(
        "Who answers: the model by itself, or the right answer is fed, or once each.", oneOf: allCases.map(\.rawValue))
}
