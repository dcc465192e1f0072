// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `caches.create`: queues the writing of activations to disk.
public enum CachesCreate: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// A .txt, .jsonl or .npy file, or `demo` for the embedded model's text; `demo` if absent, for that model only.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// Which activations, by TransformerLens's names.
        public var activations: [String]
        /// The length of a context in tokens; the model's own, at most 256, if absent.
        public var context: Int?
        /// How many contexts at most; all of the text if absent.
        public var contexts: Int?
        /// How numbers are kept.
        public var dtype: CacheElement
        /// How many contexts go through the model at once.
        public var batch_sequences: Int
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            model: String? = nil, corpus: String? = nil, text_field: String? = nil, activations: [String], context: Int? = nil,
            contexts: Int? = nil, dtype: CacheElement = .float16, batch_sequences: Int = 16, dry_run: Bool = false
        ) {
            self.model = model
            self.corpus = corpus
            self.text_field = text_field
            self.activations = activations
            self.context = context
            self.contexts = contexts
            self.dtype = dtype
            self.batch_sequences = batch_sequences
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "caches.create"
    public static let summary = "Queues the writing of activations to disk."
    public static let description = """
        Returns once the job is on disk. The activations must have one row per position; any number of them is written in one pass \
        over the text. An interrupted job goes on behind the last context that it has written. The cache appears when the job has \
        finished. The estimate's disk_bytes are exact to a few pages where the number of contexts is known: it is counted in a text \
        of up to 4 MiB, and reckoned from the first 4 MiB of a longer one, but is at most contexts.
        """
    public static let params = Schema.object(
        "",
        [
            .optional("model", .string("A resident model's name; the embedded model if absent.")),
            .optional("corpus", .corpus(ifAbsent: "demo, for that model only")),
            .optional("text_field", .textField),
            .required(
                "activations",
                .array(
                    "Which activations, by TransformerLens's names, as in blocks.0.ln1.hook_x.", of: .string(length: 1...100),
                    count: 1...64)),
            .optional(
                "context", .integer("The length of a context in tokens; the model's own, at most 256, if absent.", in: 2...1024)),
            .optional("contexts", .integer("How many contexts at most; all of the text if absent.", in: 1...1_000_000_000)),
            .optional("dtype", CacheElement.schema, default: "float16"),
            .optional("batch_sequences", .integer("How many contexts go through the model at once.", in: 1...4096), default: 16),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .modelNotFound, .layerOutOfRange, .unknownActivation, .fileNotFound, .textUnreadable, .pathRefused, .tokenOutOfRange,
        .textEmpty,
        .textTooLong, .busy, .outOfMemory, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["activations": ["blocks.0.ln1.hook_x"], "contexts": 4096, "dry_run": true],
        nil
    )
}
