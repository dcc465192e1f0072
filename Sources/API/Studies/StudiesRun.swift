// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `studies.run`: queues a study of attention-output features, or of induction by prefixes.
public enum StudiesRun: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// What it looks into.
        public var kind: StudyKind
        /// Autoencoders of z, all of one model; for every kind but prefixes.
        public var saes: [String]?
        /// A resident model's name, for prefixes; the embedded model if absent.
        public var model: String?
        /// Families, polysemanticity: a text, as `saes.train` takes it; the one that the first autoencoder was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// Families, polysemanticity: how many contexts, from the beginning of the text.
        public var contexts: Int
        /// Families: how far back a source is local, in tokens.
        public var local_distance: Int
        /// Families: how many features of each autoencoder are told; answers: how many are studied at each place.
        public var limit: Int?
        /// Polysemanticity: of how many features of each head.
        public var top_features: Int
        /// Polysemanticity: how alike two features of a group are at least.
        public var likeness: Double
        /// Answers: a task, as tasks.run takes it.
        public var task: String?
        /// Answers: how many of its prompts at most.
        public var count: Int
        /// What all choices follow from.
        public var seed: Int
        /// Answers: whether a BOS token is put in front of each prompt.
        public var prepend_bos: Bool
        /// Answers: at which places of the prompts.
        public var places: [String]
        /// Answers: the words that are changed in the prompts.
        public var replace: String
        /// Answers: what they are changed to.
        public var replacement: String
        /// Prefixes: how many texts for each length.
        public var samples: Int
        /// Prefixes: how many tokens a text has, BOS included; the model's own, at most 128, if absent.
        public var length: Int?
        /// Prefixes: the longest prefix.
        public var longest: Int
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            kind: StudyKind, saes: [String]? = nil, model: String? = nil, corpus: String? = nil, text_field: String? = nil,
            contexts: Int = 32, local_distance: Int = 4, limit: Int? = nil, top_features: Int = 10, likeness: Double = 0.5,
            task: String? = nil, count: Int = 100, seed: Int = 1, prepend_bos: Bool = false, places: [String] = ["S2", "END"],
            replace: String = " and", replacement: String = " alongside", samples: Int = 400, length: Int? = nil,
            longest: Int = 9, dry_run: Bool = false
        ) {
            self.kind = kind
            self.saes = saes
            self.model = model
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.local_distance = local_distance
            self.limit = limit
            self.top_features = top_features
            self.likeness = likeness
            self.task = task
            self.count = count
            self.seed = seed
            self.prepend_bos = prepend_bos
            self.places = places
            self.replace = replace
            self.replacement = replacement
            self.samples = samples
            self.length = length
            self.longest = longest
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "studies.run"
    public static let summary = "Queues a study of attention-output features, or of induction by prefixes."
    public static let description = """
        families: which sources give most to each live feature (direct feature attribution, its positive part). polysemanticity: for each \
        head the features of which it writes the largest share, grouped by tokens, source distances and common activity. answers: at \
        places of a task's prompts, which of the prompt's places the active features point to, what their removal takes from the logit \
        difference with the error kept, what the error's removal does, and what changing a word changes; the defaults are the published \
        study's (100 prompts, seed 1, no BOS, ' and' to ' alongside'). prefixes: the attention of every head to the token after a copied \
        prefix of random tokens, by the prefix's length. Returns once the job is on disk; an interrupted study begins anew.
        """
    public static let params = Schema.object(
        "",
        [
            .required("kind", StudyKind.schema),
            .optional(
                "saes",
                .array(
                    "Autoencoders of z, all of one model; for every kind but prefixes.", of: .name("As in s1."), count: 1...1024)),
            .optional("model", .string("A resident model's name, for prefixes; the embedded model if absent.")),
            .optional("corpus", .corpus(ifAbsent: "the one that the first autoencoder was trained on")),
            .optional("text_field", .textField),
            .optional(
                "contexts",
                .integer(
                    "Families, polysemanticity: how many contexts, from the beginning of the text.", in: 1...1_000_000),
                default: 32),
            .optional(
                "local_distance", .integer("Families: how far back a source is local, in tokens.", in: 0...1024), default: 4),
            .optional(
                "limit",
                .integer(
                    "Families: how many features of each autoencoder are told, 100 if absent; answers: how many are studied at "
                        + "each place, 10 if absent.", in: 1...10_000)),
            .optional(
                "top_features", .integer("Polysemanticity: of how many features of each head.", in: 2...1000), default: 10),
            .optional(
                "likeness", .share("Polysemanticity: how alike two features of a group are at least."), default: 0.5),
            .optional("task", .string("Answers: a task, as tasks.run takes it.", length: 1...4096)),
            .optional("count", .integer("Answers: how many of its prompts at most.", in: 1...1024), default: 100),
            .optional("seed", .integer("What all choices follow from.", in: 0...Int.max), default: 1),
            .optional(
                "prepend_bos", .boolean("Answers: whether a BOS token is put in front of each prompt."), default: false),
            .optional(
                "places", .array("Answers: at which places of the prompts.", of: .name("As in S2."), count: 1...16),
                default: ["S2", "END"]),
            .optional(
                "replace", .string("Answers: the words that are changed in the prompts.", length: 1...256), default: " and"),
            .optional("replacement", .string("Answers: what they are changed to.", length: 0...256), default: " alongside"),
            .optional("samples", .integer("Prefixes: how many texts for each length.", in: 1...100_000), default: 400),
            .optional(
                "length",
                .integer(
                    "Prefixes: how many tokens a text has, BOS included; the model's own, at most 128, if absent.", in: 4...1024)),
            .optional("longest", .integer("Prefixes: the longest prefix.", in: 1...500), default: 9),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .saeNotFound, .saeUnsuited, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .textUnreadable, .pathRefused,
        .textEmpty, .textTooLong, .tokenOutOfRange, .tokenizerUnreadable, .taskNotFound, .taskUnsuited, .positionOutOfRange,
        .busy, .outOfMemory, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["kind": "prefixes", "dry_run": true],
        [
            "estimate": [
                "tokens": 460_800, "steps": 225, "memory_bytes": 134_217_728, "disk_bytes": 65_536, "time_s_min": 1,
                "time_s_max": 3,
            ]
        ]
    )
}
