// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `examples.collect`: queues a walk over a text that keeps where a map's pairs and features act.
public enum ExamplesCollect: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// A text, as `maps.train` takes it; what the dictionary was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts, from the beginning of the text, or as many as there are.
        public var contexts: Int
        /// How many places are kept of each list: by contribution, by effect in each head, and of the even sample.
        public var examples: Int
        /// Only so many entries of the map, those with the greatest expected contribution; all if absent.
        public var entries: Int?
        /// The seed of the samples.
        public var seed: Int
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            map: String, corpus: String? = nil, text_field: String? = nil, contexts: Int = 1024, examples: Int = 10,
            entries: Int? = nil, seed: Int = 1, dry_run: Bool = false
        ) {
            self.map = map
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.examples = examples
            self.entries = entries
            self.seed = seed
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "examples.collect"
    public static let summary = "Queues a walk over a text that keeps where a map's pairs and features act."
    public static let description = """
        Of every pair of features that the map keeps: in how many places it acts, the strongest of them by contribution and, head by \
        head, by effect on the pattern, an even sample, distances, the tokens of both sides, and the share with their source at BOS. Of \
        every feature: density, strongest places, an even sample, tokens. Read with pairs.examples and features.examples; a later \
        collection takes the place of the earlier one when its job has finished.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .optional("corpus", .corpus(ifAbsent: "what the dictionary was trained on")),
            .optional("text_field", .textField),
            .optional(
                "contexts",
                .integer("How many contexts, from the beginning of the text, or as many as there are.", in: 1...100_000_000),
                default: 1024),
            .optional(
                "examples",
                .integer(
                    "How many places are kept of each list: by contribution, by effect in each head, and of the even sample.",
                    in: 1...100), default: 10),
            .optional(
                "entries",
                .integer(
                    "Only so many entries of the map, those with the greatest expected contribution; all if absent.",
                    in: 1...100_000_000)),
            .optional("seed", .integer("The seed of the samples."), default: 1),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .mapNotFound, .dictionaryNotFound, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .textUnreadable, .pathRefused,
        .textEmpty,
        .busy, .outOfMemory,
        .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "dry_run": true],
        [
            "estimate": [
                "tokens": 131_072, "steps": 1024, "memory_bytes": 134_217_728, "disk_bytes": 4_194_304, "time_s_min": 2,
                "time_s_max": 8,
            ]
        ]
    )
}
