// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.evaluate`: queues the evaluation of a dictionary on a text.
public enum DictionariesEvaluate: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary, as in `d1`.
        public var dictionary: String
        /// A map over it, for the stage `masked_map`; that stage is left out if absent.
        public var map: String?
        /// A text, as `dictionaries.train` takes it; the one that it was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts, from the beginning of the text.
        public var contexts: Int
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            dictionary: String, map: String? = nil, corpus: String? = nil, text_field: String? = nil, contexts: Int = 64,
            dry_run: Bool = false
        ) {
            self.dictionary = dictionary
            self.map = map
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "dictionaries.evaluate"
    public static let summary = "Queues the evaluation of a dictionary on a text."
    public static let description = """
        Loss and KL of the logits with the layer's pattern substituted, the share of the loss recovered and its denominator, L0, live and \
        dead features, densities, and per head how well the pattern is rebuilt, for every stage. The figures replace the dictionary's \
        evaluation. Training keeps the first held_out_contexts of its text apart: the default reads those.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary, as in d1.")),
            .optional("map", .name("A map over it, for the stage masked_map; that stage is left out if absent.")),
            .optional("corpus", .corpus(ifAbsent: "the one that it was trained on")),
            .optional("text_field", .textField),
            .optional("contexts", .integer("How many contexts, from the beginning of the text.", in: 1...1_000_000), default: 64),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .dictionaryNotFound, .mapNotFound, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .textUnreadable, .pathRefused,
        .textEmpty,
        .busy,
        .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1", "dry_run": true],
        [
            "estimate": [
                "tokens": 8192, "steps": 8, "memory_bytes": 134_217_728, "disk_bytes": 65_536, "time_s_min": 0.5, "time_s_max": 2,
            ]
        ]
    )
}
