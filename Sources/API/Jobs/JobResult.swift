/// What a finished job has made.
public struct JobResult: Codable, Sendable, Hashable {
    /// The dictionary.
    public var dictionary: String?
    /// The map.
    public var map: String?

    /// All facts.
    public init(dictionary: String? = nil, map: String? = nil) {
        self.dictionary = dictionary
        self.map = map
    }
}

extension JobResult {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a finished job has made.",
        [
            .optional("dictionary", .name("The dictionary.")),
            .optional("map", .name("The map.")),
        ])
}
