// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.evaluate`: queues the evaluation of a sparse autoencoder on a text.
public enum SAEsEvaluate: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The autoencoder, as in `s1`.
        public var sae: String
        /// A text, as `saes.train` takes it; the one that it was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts, from the beginning of the text.
        public var contexts: Int
        /// Whether only to check everything and to estimate.
        public var dry_run: Bool

        /// All parameters.
        public init(
            sae: String, corpus: String? = nil, text_field: String? = nil, contexts: Int = 64, dry_run: Bool = false
        ) {
            self.sae = sae
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.dry_run = dry_run
        }
    }

    public typealias Result = JobSubmission

    public static let name = "saes.evaluate"
    public static let summary = "Queues the evaluation of a sparse autoencoder on a text."
    public static let description = """
        The model's loss with the activation replaced by its reconstruction, error left out: CE_sae, delta_CE = CE_sae - CE, \
        CE_recovered = (CE_zero - CE_sae) / (CE_zero - CE) with CE_zero for the activation set to zero, and the KL of the logits; L0, live \
        and dead features, a histogram of their densities, and explained_variance = 1 - sum |z - z_hat|^2 / sum |z - mean z|^2 over all \
        tokens. The figures replace those that the autoencoder had; what was published of an imported one stays, and \
        they are held against it. Training keeps the first held_out_contexts of its text apart: the default reads those.
        """
    public static let params = Schema.object(
        "",
        [
            .required("sae", .name("The autoencoder, as in s1.")),
            .optional("corpus", .corpus(ifAbsent: "the one that it was trained on")),
            .optional("text_field", .textField),
            .optional("contexts", .integer("How many contexts, from the beginning of the text.", in: 1...1_000_000), default: 64),
            .optional("dry_run", .boolean("Whether only to check everything and to estimate."), default: false),
        ])
    public static let result = JobSubmission.schema
    public static let errors: [ErrorKind] = [
        .saeNotFound, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .textUnreadable, .pathRefused, .textEmpty,
        .tokenOutOfRange, .busy, .storeFull,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["sae": "s1", "dry_run": true],
        [
            "estimate": [
                "tokens": 8192, "steps": 64, "memory_bytes": 134_217_728, "disk_bytes": 65_536, "time_s_min": 0.5,
                "time_s_max": 2,
            ]
        ]
    )
}
