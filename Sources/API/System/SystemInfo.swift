// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `system.info` asks which service this is and what it can do.
public enum SystemInfo: Method {
    public typealias Params = NoParams

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The version of the program, as in `1.0.0`.
        public var version: String
        /// Rises by one whenever a field is removed or changes its meaning.
        public var api_version: Int
        /// The version of the store's layout.
        public var store_schema_version: Int
        /// What this build can do, by name.
        public var capabilities: [String]
        /// Seconds since the service started.
        public var uptime_s: Double
        /// The service's process.
        public var pid: Int
        /// The activations of recent prompts.
        public var prompt_cache: PromptCacheInfo
        /// What a client may ask.
        public var limits: LimitsInfo

        /// All facts.
        public init(
            version: String, api_version: Int, store_schema_version: Int, capabilities: [String], uptime_s: Double, pid: Int,
            prompt_cache: PromptCacheInfo, limits: LimitsInfo
        ) {
            self.version = version
            self.api_version = api_version
            self.store_schema_version = store_schema_version
            self.capabilities = capabilities
            self.uptime_s = uptime_s
            self.pid = pid
            self.prompt_cache = prompt_cache
            self.limits = limits
        }
    }

    public static let name = "system.info"
    public static let summary = "Says which service this is and what it can do."
    public static let description = "Fields are only ever added; a removal raises api_version."
    public static let params = Schema.object()
    public static let result = Schema.object(
        "The service.",
        [
            .required("version", .string("The version of the program.")),
            .required(
                "api_version", .integer("Rises by one whenever a field is removed or changes its meaning.", in: 1...Int.max)),
            .required("store_schema_version", .integer("The version of the store's layout.", in: 0...Int.max)),
            .required("capabilities", .array("What this build can do, by the first words of its methods' names.", of: .string())),
            .required("uptime_s", .number("Seconds since the service started.", from: 0)),
            .required("pid", .integer("The service's process.", in: 1...Int.max)),
            .required("prompt_cache", PromptCacheInfo.schema),
            .required("limits", LimitsInfo.schema),
        ])
    public static let errors: [ErrorKind] = []
    public static let example: (params: JSON, result: JSON?) = (
        [:],
        [
            "version": "1.0.0", "api_version": 1, "store_schema_version": 1, "capabilities": ["attention", "jobs"],
            "uptime_s": 12.5,
            "pid": 4711, "prompt_cache": ["prompts": 1, "bytes": 163_840, "limit_bytes": 268_435_456, "hits": 3, "misses": 1],
            "limits": [
                "message_bytes": 67_108_864, "depth": 64, "values": 1_000_000, "batch": 1000, "requests_in_flight": 32,
                "unread_bytes": 67_108_864, "clients": 1000, "unfinished_message_s": 60, "waiting_jobs": 512,
            ],
        ]
    )
}
