public import JSON

/// A trained map: which feature pairs a layer's heads need.
public struct MapInfo: Codable, Sendable, Hashable {
    /// Its name, as in `m1`.
    public var map: String
    /// The dictionary whose features it pairs.
    public var dictionary: String
    /// The model.
    public var model: String
    /// The layer, counted from 0.
    public var layer: Int
    /// When it was finished (milliseconds since 1970).
    public var created_ms: Int
    /// The job that trained it; absent for one that was trained elsewhere.
    public var job: String?
    /// The folder that it was imported from; absent for one that was trained here.
    public var imported_from: String?
    /// The user who trained or imported it, and may delete it; absent where that was not noted, which makes it the service's own.
    public var owner_uid: Int?
    /// The parameters of its training.
    public var settings: JSON
    /// What it reaches on text that it was not trained on.
    public var evaluation: JSON
    /// How many entries (pair × head) have been active together in the training text.
    public var support_entries: Int
    /// How many of them the mask has left.
    public var surviving_entries: Int
    /// How many pairs have an entry left.
    public var surviving_pairs: Int
    /// How many entries (key feature × head) of the bias term there are.
    public var beta_entries: Int
    /// The surviving entries as a share of three wholes.
    public var sparsity: MapSparsity
    /// How many surviving entries each head has.
    public var entries_by_head: [Int]
    /// How the mask's weight was found and what the mask costs; absent of maps that were changed since they were trained.
    public var search: MapSearch?

    /// All facts.
    public init(
        map: String, dictionary: String, model: String, layer: Int, created_ms: Int, job: String?,
        imported_from: String? = nil, owner_uid: Int? = nil, settings: JSON, evaluation: JSON, support_entries: Int,
        surviving_entries: Int,
        surviving_pairs: Int, beta_entries: Int,
        sparsity: MapSparsity, entries_by_head: [Int], search: MapSearch? = nil
    ) {
        self.map = map
        self.dictionary = dictionary
        self.model = model
        self.layer = layer
        self.created_ms = created_ms
        self.job = job
        self.imported_from = imported_from
        self.owner_uid = owner_uid
        self.settings = settings
        self.evaluation = evaluation
        self.support_entries = support_entries
        self.surviving_entries = surviving_entries
        self.surviving_pairs = surviving_pairs
        self.beta_entries = beta_entries
        self.sparsity = sparsity
        self.entries_by_head = entries_by_head
        self.search = search
    }
}

extension MapInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A trained map: which feature pairs a layer's heads need.",
        [
            .required("map", .name("Its name, as in m1.")),
            .required("dictionary", .name("The dictionary whose features it pairs.")),
            .required("model", .name("The model.")),
            .required("layer", Schema.layer),
            .required("created_ms", .time("When it was finished (milliseconds since 1970).")),
            .optional("job", .string("The job that trained it; absent for one that was trained elsewhere.")),
            .optional(
                "imported_from", .string("The folder that it was imported from; absent for one that was trained here.")),
            .optional(
                "owner_uid",
                .count(
                    "The user who trained or imported it, and may delete it; absent where that was not noted, which makes it the "
                        + "service's own.")),
            .required("settings", .record("The parameters of its training.")),
            .required("evaluation", .record("What it reaches on text that it was not trained on.")),
            .required(
                "support_entries", .count("How many entries (pair × head) have been active together in the training text.")),
            .required("surviving_entries", .count("How many of them the mask has left.")),
            .required("surviving_pairs", .count("How many pairs have an entry left.")),
            .required("beta_entries", .count("How many entries (key feature × head) of the bias term there are.")),
            .required("sparsity", MapSparsity.schema),
            .required("entries_by_head", .array("How many surviving entries each head has.", of: .integer(in: 0...Int.max))),
            .optional("search", MapSearch.schema),
        ])
}

/// The surviving entries as a share of three wholes.
public struct MapSparsity: Codable, Sendable, Hashable {
    /// Of d_sae_query × d_sae_key × n_heads.
    public var of_all: Double
    /// Of the entries between live features.
    public var of_live: Double
    /// Of the entries that have been active together.
    public var of_support: Double

    /// All facts.
    public init(of_all: Double, of_live: Double, of_support: Double) {
        self.of_all = of_all
        self.of_live = of_live
        self.of_support = of_support
    }
}

extension MapSparsity {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "The surviving entries as a share of three wholes.",
        [
            .required("of_all", .share("Of d_sae_query × d_sae_key × n_heads.")),
            .required("of_live", .share("Of the entries between live features.")),
            .required("of_support", .share("Of the entries that have been active together.")),
        ])
}
