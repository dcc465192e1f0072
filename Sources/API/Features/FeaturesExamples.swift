// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `features.examples`: shows where features are most active, from collected examples or a text.
public enum FeaturesExamples: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary, as in `d1`.
        public var dictionary: String
        /// The side of the features.
        public var side: FeatureSide
        /// The features.
        public var features: [Int]
        /// A map whose collected examples are shown; the newest ones of any of the dictionary's maps if absent.
        public var map: String?
        /// A .txt, .jsonl or .npy file, or `demo` for the embedded model's text, to read on the spot.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts are read on the spot; 64 if absent.
        public var contexts: Int?
        /// How many examples per feature.
        public var limit: Int
        /// How many tokens either side of an example.
        public var window: Int

        /// All parameters.
        public init(
            dictionary: String, side: FeatureSide, features: [Int], map: String? = nil, corpus: String? = nil,
            text_field: String? = nil, contexts: Int? = nil, limit: Int = 10, window: Int = 5
        ) {
            self.dictionary = dictionary
            self.side = side
            self.features = features
            self.map = map
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.limit = limit
            self.window = window
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The dictionary.
        public var dictionary: String
        /// The side of the features.
        public var side: FeatureSide
        /// The features, in the order asked for.
        public var features: [FeatureExamples]
        /// What the examples were collected from; absent if a text was read on the spot.
        public var collected: ExamplesInfo?

        /// All facts.
        public init(dictionary: String, side: FeatureSide, features: [FeatureExamples], collected: ExamplesInfo? = nil) {
            self.dictionary = dictionary
            self.side = side
            self.features = features
            self.collected = collected
        }
    }

    public static let name = "features.examples"
    public static let summary = "Shows where features are most active."
    public static let description = """
        Read from the store where examples.collect has been run for a map of the dictionary and neither corpus nor contexts is given. \
        Else computed on the spot from the text that the dictionary was trained on, or the one given: one forward pass over all \
        contexts, whatever the number of features, and no quantiles.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary, as in d1.")),
            .required("side", FeatureSide.schema),
            .required("features", .array("The features.", of: .integer(in: 0...Int.max), count: 1...64)),
            .optional(
                "map",
                .name("A map whose collected examples are shown; the newest ones of any of the dictionary's maps if absent.")),
            .optional("corpus", .corpus(ifAbsent: "collected examples, or what the dictionary was trained on,")),
            .optional("text_field", .textField),
            .optional("contexts", .integer("How many contexts are read on the spot; 64 if absent.", in: 1...10_000)),
            .optional("limit", .integer("How many examples per feature.", in: 1...100), default: 10),
            .optional("window", .integer("How many tokens either side of an example.", in: 0...64), default: 5),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("dictionary", .name("The dictionary.")),
            .required("side", FeatureSide.schema),
            .required("features", .array("The features, in the order asked for.", of: FeatureExamples.schema)),
            .optional("collected", ExamplesInfo.schema),
        ])
    public static let errors: [ErrorKind] = [
        .dictionaryNotFound, .featureOutOfRange, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .textUnreadable,
        .pathRefused,
        .textEmpty, .mapNotFound, .mapDictionaryMismatch, .examplesNotFound, .tokenOutOfRange,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1", "side": "key", "features": [301], "limit": 1],
        nil
    )
}
