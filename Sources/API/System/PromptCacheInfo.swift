/// How full the memory of recent prompts is, and what it has been good for.
public struct PromptCacheInfo: Codable, Sendable, Hashable {
    /// How many prompts there are, each layer that was asked about counted.
    public var prompts: Int
    /// What they take.
    public var bytes: Int
    /// What they may take.
    public var limit_bytes: Int
    /// How many questions were answered without a forward pass.
    public var hits: Int
    /// How many needed one.
    public var misses: Int

    /// All facts.
    public init(prompts: Int, bytes: Int, limit_bytes: Int, hits: Int, misses: Int) {
        self.prompts = prompts
        self.bytes = bytes
        self.limit_bytes = limit_bytes
        self.hits = hits
        self.misses = misses
    }
}

extension PromptCacheInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How full the memory of recent prompts is, and what it has been good for.",
        [
            .required("prompts", .count("How many prompts there are, each layer that was asked about counted.")),
            .required("bytes", .count("What they take.")),
            .required("limit_bytes", .count("What they may take.")),
            .required("hits", .count("How many questions were answered without a forward pass.")),
            .required("misses", .count("How many needed one.")),
        ])
}
