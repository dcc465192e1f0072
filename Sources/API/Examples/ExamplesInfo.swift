import JSON

/// A collection of a map's examples: where its pairs and features act in a text.
public struct ExamplesInfo: Codable, Sendable, Hashable {
    /// The map.
    public var map: String
    /// Its dictionary, whose features have examples too.
    public var dictionary: String
    /// The model.
    public var model: String
    /// The layer, counted from 0.
    public var layer: Int
    /// The number of the collection; a later one of the same map takes its place.
    public var collection: Int
    /// The text.
    public var corpus: String
    /// Which field of a .jsonl file's objects is the text.
    public var text_field: String?
    /// How many contexts were read.
    public var contexts: Int
    /// The length of each.
    public var context: Int
    /// How many tokens were read.
    public var tokens: Int
    /// How many places are kept of each list.
    public var examples: Int
    /// The seed of the samples.
    public var seed: Int
    /// How many pairs of the map were followed.
    public var followed_pairs: Int
    /// How many of them were active anywhere.
    public var active_pairs: Int
    /// How many query features were active.
    public var live_query: Int
    /// How many key features were active.
    public var live_key: Int
    /// When it was finished (milliseconds since 1970).
    public var created_ms: Int
    /// The job that collected it.
    public var job: String

    /// All facts.
    public init(
        map: String, dictionary: String, model: String, layer: Int, collection: Int, corpus: String, text_field: String? = nil,
        contexts: Int, context: Int, tokens: Int, examples: Int, seed: Int, followed_pairs: Int, active_pairs: Int,
        live_query: Int, live_key: Int, created_ms: Int, job: String
    ) {
        self.map = map
        self.dictionary = dictionary
        self.model = model
        self.layer = layer
        self.collection = collection
        self.corpus = corpus
        self.text_field = text_field
        self.contexts = contexts
        self.context = context
        self.tokens = tokens
        self.examples = examples
        self.seed = seed
        self.followed_pairs = followed_pairs
        self.active_pairs = active_pairs
        self.live_query = live_query
        self.live_key = live_key
        self.created_ms = created_ms
        self.job = job
    }
}

extension ExamplesInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A collection of a map's examples: where its pairs and features act in a text.",
        [
            .required("map", .name("The map.")),
            .required("dictionary", .name("Its dictionary, whose features have examples too.")),
            .required("model", .name("The model.")),
            .required("layer", Schema.layer),
            .required("collection", .count("The number of the collection; a later one of the same map takes its place.")),
            .required("corpus", .string("The text.")),
            .optional("text_field", .textField),
            .required("contexts", .count("How many contexts were read.")),
            .required("context", .count("The length of each.")),
            .required("tokens", .count("How many tokens were read.")),
            .required("examples", .count("How many places are kept of each list.")),
            .required("seed", .integer("The seed of the samples.")),
            .required("followed_pairs", .count("How many pairs of the map were followed.")),
            .required("active_pairs", .count("How many of them were active anywhere.")),
            .required("live_query", .count("How many query features were active.")),
            .required("live_key", .count("How many key features were active.")),
            .required("created_ms", .time("When it was finished (milliseconds since 1970).")),
            .required("job", .string("The job that collected it.")),
        ])

    static let example: JSON = [
        "map": "m1", "dictionary": "d1", "model": "demo-4l", "layer": 0, "collection": 1, "corpus": "demo", "contexts": 1024,
        "context": 128, "tokens": 131_072, "examples": 10, "seed": 1, "followed_pairs": 1200, "active_pairs": 1180,
        "live_query": 480, "live_key": 455, "created_ms": 1_760_000_000_000, "job": "j3",
    ]
}
