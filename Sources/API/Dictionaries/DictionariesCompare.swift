// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.compare`: says which features, and which pairs of their maps, several dictionaries have in common.
public enum DictionariesCompare: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionaries, as in `d1`.
        public var dictionaries: [String]
        /// A map of each of them, in the same order; none if absent.
        public var maps: [String]?
        /// A .txt, .jsonl or .npy file, or `demo` for the embedded model's text; what the first was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts of the corpus are read.
        public var contexts: Int
        /// The least correlation of two features that count as the same.
        public var min_correlation: Double
        /// Whether each match is listed.
        public var include_matches: Bool

        /// All parameters.
        public init(
            dictionaries: [String], maps: [String]? = nil, corpus: String? = nil, text_field: String? = nil, contexts: Int = 64,
            min_correlation: Double = 0.7, include_matches: Bool = false
        ) {
            self.dictionaries = dictionaries
            self.maps = maps
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.min_correlation = min_correlation
            self.include_matches = include_matches
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The dictionaries, in the order of the question.
        public var dictionaries: [String]
        /// How many tokens were read.
        public var tokens: Int
        /// The least correlation of a match.
        public var min_correlation: Double
        /// Each dictionary with each later one, on each side.
        public var matchings: [FeatureMatchingInfo]
        /// Each map with each other one, if there are maps.
        public var overlaps: [MapOverlapInfo]?
        /// The first map with all others together, if there are maps.
        public var in_all: MapOverlapInfo?

        /// All facts.
        public init(
            dictionaries: [String], tokens: Int, min_correlation: Double, matchings: [FeatureMatchingInfo],
            overlaps: [MapOverlapInfo]? = nil, in_all: MapOverlapInfo? = nil
        ) {
            self.dictionaries = dictionaries
            self.tokens = tokens
            self.min_correlation = min_correlation
            self.matchings = matchings
            self.overlaps = overlaps
            self.in_all = in_all
        }
    }

    /// The most dictionaries of one call.
    static let most = 8

    public static let name = "dictionaries.compare"
    public static let summary = "Says which features, and which pairs of their maps, several dictionaries have in common."
    public static let description = """
        Two features are the same if each is the other's best partner by the correlation of their activations over the text, and that \
        correlation reaches min_correlation; so dictionaries of other seeds, sizes and layers of one model can be compared. A pair of a map \
        is found in another map if that one has an entry for the two partners. What is found again whatever the seed is a property of the \
        model rather than of a training. One forward pass over the text: seconds.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionaries", .array("The dictionaries, as in d1; all of one model.", of: .name(""), count: 2...most)),
            .optional(
                "maps", .array("A map of each of them, in the same order; none if absent.", of: .name(""), count: 2...most)),
            .optional("corpus", .corpus(ifAbsent: "what the first was trained on")),
            .optional("text_field", .textField),
            .optional("contexts", .integer("How many contexts of the corpus are read.", in: 1...10_000), default: 64),
            .optional(
                "min_correlation", .number("The least correlation of two features that count as the same.", above: 0, to: 1),
                default: 0.7),
            .optional("include_matches", .boolean("Whether each match is listed."), default: false),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("dictionaries", .array("The dictionaries, in the order of the question.", of: .string())),
            .required("tokens", .count("How many tokens were read.")),
            .required("min_correlation", .number("The least correlation of a match.")),
            .required(
                "matchings", .array("Each dictionary with each later one, on each side.", of: FeatureMatchingInfo.schema)),
            .optional("overlaps", .array("Each map with each other one, if there are maps.", of: MapOverlapInfo.schema)),
            .optional("in_all", MapOverlapInfo.schema),
        ])
    public static let errors: [ErrorKind] = [
        .dictionaryNotFound, .dictionaryModelMismatch, .modelNotFound, .mapNotFound, .mapDictionaryMismatch, .fileNotFound,
        .textUnreadable,
        .pathRefused, .textEmpty, .tokenOutOfRange,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionaries": ["d1", "d2"], "maps": ["m1", "m2"]],
        [
            "dictionaries": ["d1", "d2"], "tokens": 16_384, "min_correlation": 0.7,
            "matchings": [
                [
                    "first": "d1", "second": "d2", "side": "query", "live_first": 214, "live_second": 208, "matched": 131,
                    "matched_activation": 0.78,
                    "mean_correlation": 0.912, "mean_cosine": 0.874, "histogram": [2, 5, 9, 14, 11, 12, 15, 21, 43, 82],
                ]
            ],
            "overlaps": [
                [
                    "first": "m1", "others": ["m2"],
                    "entries": ["comparable": 0.61, "same_head": 0.44, "some_head": 0.5],
                    "contribution": ["comparable": 0.83, "same_head": 0.79, "some_head": 0.8],
                ]
            ],
            "in_all": [
                "first": "m1", "others": ["m2"],
                "entries": ["comparable": 0.61, "same_head": 0.44, "some_head": 0.5],
                "contribution": ["comparable": 0.83, "same_head": 0.79, "some_head": 0.8],
            ],
        ]
    )
}
