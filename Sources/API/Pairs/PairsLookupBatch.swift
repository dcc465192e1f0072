// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `pairs.lookup_batch`: returns many feature pairs' entries at once, as columns.
public enum PairsLookupBatch: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// [n, 2] query feature and key feature of each pair.
        public var pairs: [[Int]]

        /// All parameters.
        public init(map: String, pairs: [[Int]]) {
            self.map = map
            self.pairs = pairs
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// [n] how many entries each pair has; 0 where the map keeps it in no head.
        public var entries: [Int]
        /// The head of each entry, pair after pair.
        public var head: [Int]
        /// The entry of the map, likewise.
        public var M: [Float]
        /// Its mask, likewise.
        public var mask: [Float]
        /// |M · mask| times the features' mean activations, likewise.
        public var expected_contribution: [Float]

        /// All facts.
        public init(
            map: String, entries: [Int] = [], head: [Int] = [], M: [Float] = [], mask: [Float] = [],
            expected_contribution: [Float] = []
        ) {
            self.map = map
            self.entries = entries
            self.head = head
            self.M = M
            self.mask = mask
            self.expected_contribution = expected_contribution
        }
    }

    /// The most pairs of one call: their reply is some megabytes.
    public static let mostPairs = 10_000

    public static let name = "pairs.lookup_batch"
    public static let summary = "Returns many feature pairs' entries at once, as columns."
    public static let description = """
        For scripts: up to 10,000 pairs in a call, a microsecond or two each. The entries of all pairs stand one after the other in \
        'head', 'M', 'mask' and 'expected_contribution', which have the same length; 'entries' says how many belong to each pair, in \
        the order of the question, so that its running sum is where a pair's entries begin. A feature that the dictionary does not \
        have fails the whole call.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .required(
                "pairs",
                .array(
                    "The pairs: query feature and key feature of each.", of: .array(of: .integer(in: 0...Int.max), count: 2...2),
                    count: 1...mostPairs)),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("entries", .array("How many entries each pair has.", of: .integer(in: 0...Int.max))),
            .required("head", .array("The head of each entry, pair after pair.", of: .integer(in: 0...Int.max))),
            .required("M", .array("The entry of the map, likewise.", of: .number())),
            .required("mask", .array("Its mask, likewise.", of: .number())),
            .required(
                "expected_contribution", .array("|M · mask| times the features' mean activations, likewise.", of: .number())),
        ])

    public static func decode(_ params: JSON) throws(JSONDecodingError) -> Params {
        guard case .string(let map)? = params["map"], case .array(let pairs)? = params["pairs"] else {
            return try params.decode(Params.self)
        }
        return Params(map: map, pairs: pairs.map { ($0.array ?? []).compactMap(\.integer) })
    }

    public static let errors: [ErrorKind] = [.mapNotFound, .dictionaryNotFound, .featureOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        ["map": "m1", "pairs": [[17, 301], [4, 9]]],
        ["map": "m1", "entries": [1, 0], "head": [2], "M": [1.25], "mask": [0.96], "expected_contribution": [0.375]]
    )
}
