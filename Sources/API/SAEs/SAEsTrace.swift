// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.trace`: what features or a logit are made of, feature by feature, down to the embeddings.
public enum SAEsTrace: Method {
    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the autoencoders' own if absent.
        public var model: String?
        /// The text; exactly one of `text` and `tokens` is given.
        public var text: String?
        /// The tokens themselves.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front; it stands at position 0.
        public var prepend_bos: Bool
        /// The autoencoders; the newest of each layer and activation if absent.
        public var saes: [String]?
        /// The features to begin with.
        public var roots: [FeatureRoot]?
        /// A token whose logit to begin with instead.
        public var answer: String?
        /// A token whose logit is subtracted.
        public var wrong: String?
        /// Where the answer would follow; negative ones count from the end.
        public var position: Int
        /// How far it goes.
        public var options: FeatureTraceOptions
        /// A file to write besides, an absolute path that is not there yet.
        public var path: String?
        /// In which format.
        public var format: TracesExport.Format

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, saes: [String]? = nil,
            roots: [FeatureRoot]? = nil, answer: String? = nil, wrong: String? = nil, position: Int = -1,
            options: FeatureTraceOptions = FeatureTraceOptions(), path: String? = nil, format: TracesExport.Format = .json
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.saes = saes
            self.roots = roots
            self.answer = answer
            self.wrong = wrong
            self.position = position
            self.options = options
            self.path = path
            self.format = format
        }
    }

    /// What comes back.
    public struct Result: Codable, Sendable, Hashable {
        /// The tokens as the model read them, BOS included.
        public var tokens: [Int]
        /// The text of each token.
        public var pieces: [String]
        /// The model's name.
        public var model: String
        /// The autoencoders, those of lower layers first.
        public var saes: [String]
        /// The text of the token whose logit it began with.
        public var answer: String?
        /// The text of the token whose logit was subtracted.
        public var wrong: String?
        /// What was found.
        public var graph: FeatureGraphInfo

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, saes: [String], answer: String? = nil, wrong: String? = nil,
            graph: FeatureGraphInfo
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.saes = saes
            self.answer = answer
            self.wrong = wrong
            self.graph = graph
        }
    }

    public static let name = "saes.trace"
    public static let summary = "What features or a logit are made of, feature by feature, down to the embeddings."
    public static let description = """
        With every pattern and every LayerNorm's σ as they are, an attention-output feature's pre-activation is a sum over what its sources' \
        values read of the residual stream: over residual features there if an autoencoder of that layer's resid_pre is at hand, otherwise \
        over everything written below, which is attention-output features of lower layers, outputs of attentions without an autoencoder, \
        MLPs and embeddings; so is a residual feature's, and a logit's. Each is traced in turn. At every node the shares of its links, of \
        what was pruned, of what autoencoders leave (error) and of biases sum to 1; total is the model's own number, identity_residual what \
        rounding leaves. Without roots and answer it begins with the logit of the token that the model expects most. With a path the graph \
        is written to a file as traces.export writes it, the remainders with each node: they are part of a JSON node's remainders, and data \
        of a GraphML node. Texts of more than 256 tokens are too long. The autoencoders are read one after another, at most 4 GiB of weights; \
        beyond 10,000 links or a second of work features are left alone, and is_truncated says so.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional("saes", Schema.autoencoders),
            .optional("roots", .array("The features to begin with.", of: FeatureRoot.schema, count: 1...16)),
            .optional(
                "answer", .string("A token whose logit to begin with instead, with its space, as in \" Mary\".", length: 1...255)),
            .optional("wrong", .string("A token whose logit is subtracted.", length: 1...255)),
            .optional(
                "position", .integer("Where the answer would follow; negative ones count from the end."), default: -1),
            .optional("options", FeatureTraceOptions.schema, default: FeatureTraceOptions.defaults),
            .optional("path", .string("A file to write besides, an absolute path that is not there yet.", length: 1...4096)),
            .optional(
                "format",
                .string(
                    "What other programs read: circuit-tracer's names in JSON, GraphML, or Graphviz's dot.",
                    oneOf: TracesExport.Format.allCases.map(\.rawValue)), default: .string(TracesExport.Format.json.rawValue)),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("saes", .array("The autoencoders, those of lower layers first.", of: .name(""))),
            .optional("answer", .string("The text of the token whose logit it began with.")),
            .optional("wrong", .string("The text of the token whose logit was subtracted.")),
            .required("graph", FeatureGraphInfo.schema),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .saeNotFound, .dictionaryModelMismatch, .saeUnsuited, .featureOutOfRange, .positionOutOfRange, .taskUnsuited,
            .outOfMemory, .pathRefused, .fileExists, .fileUnwritable,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        [
            "text": "When John and Mary went to the store, John gave a drink to", "answer": " Mary", "wrong": " John",
            "options": ["max_depth": 3],
        ],
        nil
    )
}
