// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `pairs.lookup`: returns one feature pair's entries, head by head.
public enum PairsLookup: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// A feature of the query side.
        public var query_feature: Int
        /// A feature of the key side.
        public var key_feature: Int

        /// All parameters.
        public init(map: String, query_feature: Int, key_feature: Int) {
            self.map = map
            self.query_feature = query_feature
            self.key_feature = key_feature
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// A feature of the query side.
        public var query_feature: Int
        /// A feature of the key side.
        public var key_feature: Int
        /// Its entries.
        public var heads: [PairEntry]

        /// All facts.
        public init(map: String, query_feature: Int, key_feature: Int, heads: [PairEntry]) {
            self.map = map
            self.query_feature = query_feature
            self.key_feature = key_feature
            self.heads = heads
        }
    }

    public static let name = "pairs.lookup"
    public static let summary = "Returns one feature pair's entries, head by head."
    public static let description = """
        A stored row, no arithmetic: microseconds. Heads in which the pair has no entry left are absent.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .required("heads", .array("Its entries.", of: PairEntry.schema)),
        ])
    public static func decode(_ params: JSON) throws(JSONDecodingError) -> Params {
        guard case .string(let map)? = params["map"], let query = params["query_feature"]?.integer,
            let key = params["key_feature"]?.integer
        else { return try params.decode(Params.self) }
        return Params(map: map, query_feature: query, key_feature: key)
    }

    public static func encode(_ result: Result) -> JSON {
        .object(
            JSONObject(distinct: [
                ("map", .string(result.map)), ("query_feature", .integer(result.query_feature)),
                ("key_feature", .integer(result.key_feature)), ("heads", .array(result.heads.map(\.json))),
            ]))
    }

    public static let errors: [ErrorKind] = [.mapNotFound, .dictionaryNotFound, .featureOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "query_feature": 17, "key_feature": 301],
        [
            "map": "m1", "query_feature": 17, "key_feature": 301,
            "heads": [
                ["query_feature": 17, "key_feature": 301, "head": 2, "M": 1.25, "mask": 0.96, "expected_contribution": 0.375]
            ],
        ]
    )
}
