/// What a finished job has made.
public struct JobResult: Codable, Sendable, Hashable {
    /// The dictionary; the first of several.
    public var dictionary: String?
    /// All dictionaries.
    public var dictionaries: [String]?
    /// The map.
    public var map: String?
    /// The activation cache.
    public var cache: String?
    /// The trace.
    public var trace: String?
    /// The sparse autoencoders.
    public var saes: [String]?
    /// The study.
    public var study: String?

    /// All facts.
    public init(
        dictionary: String? = nil, dictionaries: [String]? = nil, map: String? = nil, cache: String? = nil,
        trace: String? = nil, saes: [String]? = nil, study: String? = nil
    ) {
        self.dictionary = dictionary
        self.dictionaries = dictionaries
        self.map = map
        self.cache = cache
        self.trace = trace
        self.saes = saes
        self.study = study
    }
}

extension JobResult {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a finished job has made.",
        [
            .optional("dictionary", .name("The dictionary; the first of several.")),
            .optional("dictionaries", .array("All dictionaries.", of: .name(""))),
            .optional("map", .name("The map.")),
            .optional("cache", .name("The activation cache.")),
            .optional("trace", .name("The trace.")),
            .optional("saes", .array("The sparse autoencoders.", of: .name(""))),
            .optional("study", .name("The study.")),
        ])
}
