// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `dictionaries.history`: the figures of a dictionary's training, step by step.
public enum DictionariesHistory: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The dictionary's name, as in `d1`.
        public var dictionary: String
        /// How many lines at most.
        public var points: Int

        /// All parameters.
        public init(dictionary: String, points: Int = 400) {
            self.dictionary = dictionary
            self.points = points
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The dictionary.
        public var dictionary: String
        /// The figures, in the order of the steps.
        public var metrics: [JSON]

        /// All facts.
        public init(dictionary: String, metrics: [JSON]) {
            self.dictionary = dictionary
            self.metrics = metrics
        }
    }

    public static let name = "dictionaries.history"
    public static let summary = "The figures of a dictionary's training, step by step."
    public static let description = """
        What jobs.metrics tells of the dictionary, thinned to a thousand lines and in single precision, kept with its weights when the job \
        is deleted. Up to half of the lines are landmarks: those that tell what was reached on held-out contexts (see evaluate_every of \
        dictionaries.train). Empty for a dictionary that was imported.
        """
    public static let params = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary's name, as in d1.")),
            .optional(
                "points", .integer("How many lines at most: landmarks first, the others evenly spaced.", in: 2...1000),
                default: 400),
        ])
    public static let result = Schema.object(
        "",
        [
            .required("dictionary", .name("The dictionary.")),
            .required("metrics", .array("The figures, in the order of the steps.", of: .record("One step."))),
        ])
    public static let errors: [ErrorKind] = [.dictionaryNotFound]
    public static let example: (params: JSON, result: JSON?) = (
        ["dictionary": "d1", "points": 2],
        [
            "dictionary": "d1",
            "metrics": [
                ["step": 1, "losses/overall_loss": 1.5, "metrics/l0_query": 201.5],
                [
                    "step": 1500, "losses/overall_loss": 0.25, "metrics/l0_query": 4.5,
                    "model_performance_preservation/ce_loss_score": 0.984375, "sparsity/density_query": ["1e-1": 7, "1e-2": 120],
                ],
            ],
        ]
    )
}
