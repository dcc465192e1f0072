// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `maps.report`: measures a map's sparsity, what causes the heads' attention sinks, and how well patterns are rebuilt.
public enum MapsReport: Method {
    /// What is asked.
    public struct Params: Codable, Sendable, Hashable {
        /// The map, as in `m1`.
        public var map: String
        /// A text, as `maps.train` takes it; what the dictionary was trained on if absent.
        public var corpus: String?
        /// Which field of a .jsonl file's objects is the text.
        public var text_field: String?
        /// How many contexts are read, from the beginning of the text.
        public var contexts: Int
        /// The mean attention to position 0 from which a head has a sink in a context.
        public var sink_threshold: Double
        /// The share of tokens from which a query feature counts as dense.
        public var dense_density: Double

        /// All parameters.
        public init(
            map: String, corpus: String? = nil, text_field: String? = nil, contexts: Int = 16, sink_threshold: Double = 0.3,
            dense_density: Double = 0.1
        ) {
            self.map = map
            self.corpus = corpus
            self.text_field = text_field
            self.contexts = contexts
            self.sink_threshold = sink_threshold
            self.dense_density = dense_density
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The map.
        public var map: String
        /// Its dictionary.
        public var dictionary: String
        /// The model.
        public var model: String
        /// The layer, counted from 0.
        public var layer: Int
        /// The text.
        public var corpus: String
        /// How many contexts were read.
        public var contexts: Int
        /// How many tokens.
        public var tokens: Int
        /// How few entries there are, by every denominator.
        public var sparsity: SparsityReport
        /// The attention to position 0, by cause.
        public var sink: SinkReport
        /// How well the patterns are rebuilt, stage by stage and head by head.
        public var stages: [ReconstructionStage]

        /// All facts.
        public init(
            map: String, dictionary: String, model: String, layer: Int, corpus: String, contexts: Int, tokens: Int,
            sparsity: SparsityReport, sink: SinkReport, stages: [ReconstructionStage]
        ) {
            self.map = map
            self.dictionary = dictionary
            self.model = model
            self.layer = layer
            self.corpus = corpus
            self.contexts = contexts
            self.tokens = tokens
            self.sparsity = sparsity
            self.sink = sink
            self.stages = stages
        }
    }

    public static let name = "maps.report"
    public static let summary = "Measures a map's sparsity, its heads' attention sinks, and how well patterns are rebuilt."
    public static let description = """
        Computed on the spot, batch by batch: five passes of the model over the contexts, and the arithmetic of the sinks. A head's \
        attention to position 0, a mean over all rows but the first, is split without remainder: what a row without scores would give \
        (uniform), and what the query bias, entries of dense query features, all other entries, and the scores that the map leaves add \
        to it, by integrated gradients from no scores to the row's own. Training keeps the first held_out_contexts of its text apart: \
        the default reads those.
        """
    public static let params = Schema.object(
        "",
        [
            .required("map", .name("The map, as in m1.")),
            .optional("corpus", .corpus(ifAbsent: "what the dictionary was trained on")),
            .optional("text_field", .textField),
            .optional(
                "contexts", .integer("How many contexts are read, from the beginning of the text.", in: 1...1024), default: 16),
            .optional(
                "sink_threshold",
                .number("The mean attention to position 0 from which a head has a sink in a context.", from: 0, to: 1),
                default: 0.3),
            .optional(
                "dense_density", .number("The share of tokens from which a query feature counts as dense.", from: 0, to: 1),
                default: 0.1),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("map", .name("The map.")),
            .required("dictionary", .name("Its dictionary.")),
            .required("model", .name("The model.")),
            .required("layer", Schema.layer),
            .required("corpus", .string("The text.")),
            .required("contexts", .count("How many contexts were read.")),
            .required("tokens", .count("How many tokens.")),
            .required("sparsity", SparsityReport.schema),
            .required("sink", SinkReport.schema),
            .required(
                "stages",
                .array("How well the patterns are rebuilt, stage by stage and head by head.", of: ReconstructionStage.schema)),
        ])
    public static let errors: [ErrorKind] = [
        .mapNotFound, .dictionaryNotFound, .modelNotFound, .dictionaryModelMismatch, .fileNotFound, .textUnreadable, .pathRefused,
        .textEmpty,
        .tokenOutOfRange, .cancelled,
    ]
    public static let example: (params: JSON, result: JSON?) = (["map": "m1", "contexts": 4], nil)
}
