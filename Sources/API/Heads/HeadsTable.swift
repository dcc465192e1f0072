// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `heads.table`: puts what is known of every head side by side.
public enum HeadsTable: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// A text, as `maps.train` takes it.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// By which figure the heads are sorted, the greatest first; by layer and head if absent.
        public var sort: HeadColumn?
        /// How many contexts of repeated random tokens.
        public var contexts: Int
        /// What everything drawn follows from.
        public var seed: Int

        /// All parameters.
        public init(
            model: String? = nil, corpus: String? = nil, text_field: String? = nil, sort: HeadColumn? = nil, contexts: Int = 16,
            seed: Int = 0
        ) {
            self.model = model
            self.corpus = corpus
            self.text_field = text_field
            self.sort = sort
            self.contexts = contexts
            self.seed = seed
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The model's name.
        public var model: String
        /// The heads.
        public var heads: [HeadFacts]

        /// All facts.
        public init(model: String, heads: [HeadFacts]) {
            self.model = model
            self.heads = heads
        }
    }

    public static let name = "heads.table"
    public static let summary = "Puts everything that is known of every head side by side, sorted as wanted."
    public static let description = """
        The spectrum of W_Q·W_Kᵀ, the metrics of heads.metrics on repeated random tokens, the teacher-forced score of \
        heads.retrieval where there is a text, and the earlier heads whose output queries, keys and values read most. \
        The sum of those methods' costs: for GPT-2 small some ten seconds, in steps.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional(
                "corpus", Schema.corpus(ifAbsent: "the embedded model's text for that model, no retrieval scores for others")),
            .optional("text_field", Schema.textField),
            .optional("sort", HeadColumn.schema),
            .optional("contexts", .integer("How many contexts of repeated random tokens.", in: 1...1024), default: 16),
            .optional("seed", .integer("What everything drawn follows from.", in: 0...Int.max), default: 0),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("model", .name("The model's name.")),
            .required("heads", .array("The heads.", of: HeadFacts.schema)),
        ])
    public static let errors: [ErrorKind] = [
        .modelNotFound, .textTooLong, .textEmpty, .textUnreadable, .tokenOutOfRange, .tokenizerUnreadable, .fileNotFound,
        .pathRefused,
        .modelUnsupported, .cancelled,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["sort": "induction"],
        nil
    )
}

/// By which figure heads are sorted.
public enum HeadColumn: String, Codable, Sendable, CaseIterable {
    case greatest_singular_value, frobenius, rank90, participation_ratio, self_attention, previous_token, entropy, distance_mean
    case induction, duplicate_token, sink, retrieval
}

extension HeadColumn {
    /// What it is on the wire.
    static let schema = Schema.string(
        "By which figure the heads are sorted, the greatest first.", oneOf: allCases.map(\.rawValue))
}
