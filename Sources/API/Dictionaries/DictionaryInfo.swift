public import JSON

/// A trained pair of transcoders: one from the residual stream to a layer's queries, one to its keys.
public struct DictionaryInfo: Codable, Sendable, Hashable {
    /// Its name, as in `d1`.
    public var dictionary: String
    /// A short name of its weights: equal weights, equal fingerprint.
    public var fingerprint: String
    /// The model it was trained on.
    public var model: String
    /// That model's fingerprint.
    public var model_fingerprint: String
    /// The layer, counted from 0.
    public var layer: Int
    /// The number of query features.
    public var d_sae_query: Int
    /// The number of key features.
    public var d_sae_key: Int
    /// The width of the residual stream it reads.
    public var d_model: Int
    /// The number of heads it writes queries and keys of.
    public var n_heads: Int
    /// The seed it was trained with.
    public var seed: Int
    /// When it was finished (milliseconds since 1970).
    public var created_ms: Int
    /// The job that trained it; absent for one that was trained elsewhere.
    public var job: String?
    /// The folder that it was imported from; absent for one that was trained here.
    public var imported_from: String?
    /// The user who trained or imported it, and may delete it; absent where that was not noted, which makes it the service's own.
    public var owner_uid: Int?
    /// The text it was trained on.
    public var corpus: String
    /// How many tokens it has seen.
    public var tokens: Int
    /// How many steps it was trained for.
    public var steps: Int
    /// The parameters of its training.
    public var settings: JSON
    /// What it reaches on text that it was not trained on: losses, L0, live features.
    public var evaluation: JSON

    /// All facts.
    public init(
        dictionary: String, fingerprint: String, model: String, model_fingerprint: String, layer: Int, d_sae_query: Int,
        d_sae_key: Int,
        d_model: Int, n_heads: Int, seed: Int, created_ms: Int, job: String?, imported_from: String? = nil, owner_uid: Int? = nil,
        corpus: String,
        tokens: Int, steps: Int,
        settings: JSON, evaluation: JSON
    ) {
        self.dictionary = dictionary
        self.fingerprint = fingerprint
        self.model = model
        self.model_fingerprint = model_fingerprint
        self.layer = layer
        self.d_sae_query = d_sae_query
        self.d_sae_key = d_sae_key
        self.d_model = d_model
        self.n_heads = n_heads
        self.seed = seed
        self.created_ms = created_ms
        self.job = job
        self.imported_from = imported_from
        self.owner_uid = owner_uid
        self.corpus = corpus
        self.tokens = tokens
        self.steps = steps
        self.settings = settings
        self.evaluation = evaluation
    }
}

extension DictionaryInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A trained pair of transcoders: one from the residual stream to a layer's queries, one to its keys.",
        [
            .required("dictionary", .name("Its name, as in d1.")),
            .required("fingerprint", .string("A short name of its weights: equal weights, equal fingerprint.")),
            .required("model", .name("The model it was trained on.")),
            .required("model_fingerprint", .string("That model's fingerprint.")),
            .required("layer", Schema.layer),
            .required("d_sae_query", .count("The number of query features.")),
            .required("d_sae_key", .count("The number of key features.")),
            .required("d_model", .count("The width of the residual stream it reads.")),
            .required("n_heads", .count("The number of heads it writes queries and keys of.")),
            .required("seed", .integer("The seed it was trained with.")),
            .required("created_ms", .time("When it was finished (milliseconds since 1970).")),
            .optional("job", .string("The job that trained it; absent for one that was trained elsewhere.")),
            .optional(
                "imported_from", .string("The folder that it was imported from; absent for one that was trained here.")),
            .optional(
                "owner_uid",
                .count(
                    "The user who trained or imported it, and may delete it; absent where that was not noted, which makes it the "
                        + "service's own.")),
            .required("corpus", .string("The text it was trained on.")),
            .required("tokens", .count("How many tokens it has seen.")),
            .required("steps", .count("How many steps it was trained for.")),
            .required("settings", .record("The parameters of its training.")),
            .required("evaluation", .record("What it reaches on text that it was not trained on: losses, L0, live features.")),
        ])
}
