// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `caches.delete`: deletes an activation cache.
public enum CachesDelete: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The cache, as in `c1`.
        public var cache: String

        /// All parameters.
        public init(cache: String) { self.cache = cache }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The cache's name.
        public var cache: String
        /// The bytes that its file had.
        public var freed_bytes: Int

        /// All facts.
        public init(cache: String, freed_bytes: Int) { (self.cache, self.freed_bytes) = (cache, freed_bytes) }
    }

    public static let name = "caches.delete"
    public static let summary = "Deletes an activation cache."
    public static let description = """
        Only its owner and root may. The disk is free when this returns. Refused while a job that waits or runs reads from it.
        """
    public static let params = Schema.object("", [.required("cache", .name("The cache, as in c1."))])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("cache", .name("The cache's name.")),
            .required("freed_bytes", .count("The bytes that its file had.")),
        ])
    public static let errors: [ErrorKind] = [.cacheNotFound, .cacheInUse, .permissionDenied]
    public static let example: (params: JSON, result: JSON?) = (
        ["cache": "c3"],
        ["cache": "c3", "freed_bytes": 134_807_552]
    )
}
