// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `caches.get`: describes one activation cache.
public enum CachesGet: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The cache, as in `c1`.
        public var cache: String

        /// All parameters.
        public init(cache: String) { self.cache = cache }
    }

    public typealias Result = CacheInfo

    public static let name = "caches.get"
    public static let summary = "Describes one activation cache."
    public static let description = """
        A cache never changes once it is there.
        """
    public static let params = Schema.object("", [.required("cache", .name("The cache, as in c1."))])
    public static let result = CacheInfo.schema
    public static let errors: [ErrorKind] = [.cacheNotFound]
    public static let example: (params: JSON, result: JSON?) = (["cache": "c3"], CacheInfo.example)
}
