public import JSON

/// A trained sparse autoencoder of one activation of a layer.
public struct SAEInfo: Codable, Sendable, Hashable {
    /// Its name, as in `s1`.
    public var sae: String
    /// A short name of its weights: equal weights, equal fingerprint.
    public var fingerprint: String
    /// The model it was trained on.
    public var model: String
    /// That model's fingerprint.
    public var model_fingerprint: String
    /// The layer, counted from 0.
    public var layer: Int
    /// Which activation it reconstructs.
    public var site: SAESite
    /// How its features are chosen.
    public var activation: FeatureActivation
    /// The width of what it reconstructs.
    public var d_in: Int
    /// The number of features.
    public var d_sae: Int
    /// The number of heads of the layer.
    public var n_heads: Int
    /// The seed it was trained with.
    public var seed: Int
    /// When it was finished (milliseconds since 1970).
    public var created_ms: Int
    /// The job that trained it; absent for one that was trained elsewhere.
    public var job: String?
    /// The folder that it was imported from; absent for one that was trained here.
    public var imported_from: String?
    /// The user who trained or imported it, and may delete it.
    public var owner_uid: Int
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
    /// What does not fit what was published of it, or how it is used; absent if nothing is known to be wrong.
    public var warnings: [String]?

    /// All facts.
    public init(
        sae: String, fingerprint: String, model: String, model_fingerprint: String, layer: Int, site: SAESite,
        activation: FeatureActivation, d_in: Int, d_sae: Int, n_heads: Int, seed: Int, created_ms: Int, job: String?,
        imported_from: String? = nil, owner_uid: Int, corpus: String, tokens: Int, steps: Int, settings: JSON, evaluation: JSON
    ) {
        self.sae = sae
        self.fingerprint = fingerprint
        self.model = model
        self.model_fingerprint = model_fingerprint
        self.layer = layer
        self.site = site
        self.activation = activation
        self.d_in = d_in
        self.d_sae = d_sae
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

extension SAEInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A trained sparse autoencoder of one activation of a layer.",
        [
            .required("sae", .name("Its name, as in s1.")),
            .required("fingerprint", .string("A short name of its weights: equal weights, equal fingerprint.")),
            .required("model", .name("The model it was trained on.")),
            .required("model_fingerprint", .string("That model's fingerprint.")),
            .required("layer", Schema.layer),
            .required("site", SAESite.schema),
            .required(
                "activation",
                .string("How its features are chosen.", oneOf: FeatureActivation.allCases.map(\.rawValue))),
            .required("d_in", .count("The width of what it reconstructs.")),
            .required("d_sae", .count("The number of features.")),
            .required("n_heads", .count("The number of heads of the layer.")),
            .required("seed", .integer("The seed it was trained with.")),
            .required("created_ms", .time("When it was finished (milliseconds since 1970).")),
            .optional("job", .string("The job that trained it; absent for one that was trained elsewhere.")),
            .optional(
                "imported_from", .string("The folder that it was imported from; absent for one that was trained here.")),
            .required("owner_uid", .count("The user who trained or imported it, and may delete it.")),
            .required("corpus", .string("The text it was trained on.")),
            .required("tokens", .count("How many tokens it has seen.")),
            .required("steps", .count("How many steps it was trained for.")),
            .required("settings", .record("The parameters of its training.")),
            .required("evaluation", .record("What it reaches on text that it was not trained on: losses, L0, live features.")),
            .optional(
                "warnings",
                .array(
                    "What does not fit what was published of it, or how it is used; absent if nothing is known to be wrong.",
                    of: .string())),
        ])

    /// An autoencoder of the embedded model's second layer, for the methods' examples.
    static let example: JSON = [
        "sae": "s1", "fingerprint": "8a1f03c2d97e5b60", "model": "demo-4l", "model_fingerprint": "9c1f2a7be04d8835",
        "layer": 1, "site": "z", "activation": "batchtopk", "d_in": 128, "d_sae": 1024, "n_heads": 4, "seed": 0,
        "created_ms": 1_767_225_600_000, "job": "j1", "owner_uid": 1000, "corpus": "demo", "tokens": 3_072_000, "steps": 1500,
        "settings": ["learning_rate": 3e-3, "k": 8],
        "evaluation": [
            "CE": 1.0547, "CE_zero": 1.3426, "CE_sae": 1.0561, "CE_recovered": 0.995, "L0": 8.1, "explained_variance": 0.96,
            "live": 611, "contexts": 64,
        ],
    ]
}
