// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `features.examples`: reads a corpus and collects where features are most active.
public enum FeaturesExamples: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary, as in `d1`.
        public var dictionary: String
        /// The side of the features.
        public var side: FeatureSide
        /// The features.
        public var features: [Int]
        /// A .txt, .jsonl or .npy file, or `demo` for the embedded model's text; what the dictionary was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts of the corpus are read.
        public var contexts: Int
        /// How many examples per feature.
        public var limit: Int
        /// How many tokens either side of an example.
        public var window: Int

        /// All parameters.
        public init(
            dictionary: String, side: FeatureSide, features: [Int], corpus: String? = nil, text_field: String? = nil,
            contexts: Int = 64, limit: Int = 10,
            window: Int = 5
        ) {
            self.dictionary = dictionary
            self.side = side
            self.features = features
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

        /// All facts.
        public init(dictionary: String, side: FeatureSide, features: [FeatureExamples]) {
            self.dictionary = dictionary
            self.side = side
            self.features = features
        }
    }

    public static let name = "features.examples"
    public static let summary = "Reads a corpus and collects where features are most active."
    public static let description = """
        Computed on the spot: one forward pass over all contexts, whatever the number of features.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary, as in d1.")),
            .required("side", FeatureSide.schema),
            .required("features", .array("The features.", of: .integer(in: 0...Int.max), count: 1...64)),
            .optional("corpus", .corpus(ifAbsent: "what the dictionary was trained on")),
            .optional("text_field", .textField),
            .optional("contexts", .integer("How many contexts of the corpus are read.", in: 1...10_000), default: 64),
            .optional("limit", .integer("How many examples per feature.", in: 1...100), default: 10),
            .optional("window", .integer("How many tokens either side of an example.", in: 0...64), default: 5),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("dictionary", .name("The dictionary.")),
            .required("side", FeatureSide.schema),
            .required("features", .array("The features, in the order asked for.", of: FeatureExamples.schema)),
        ])
    public static let errors: [ErrorKind] = [
        .dictionaryNotFound, .featureOutOfRange, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .pathRefused,
        .textEmpty,
    ]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1", "side": "key", "features": [301], "limit": 1],
        nil
    )
}
