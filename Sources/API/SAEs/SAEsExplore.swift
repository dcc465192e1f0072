// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.explore`: a prompt's features, layer by layer and token by token, where they come from, and what makes them.
public enum SAEsExplore: Method {
    /// By what features are told.
    public enum Order: String, Codable, Sendable, Hashable, CaseIterable {
        /// By activation.
        case activation
        /// By what they add to a logit.
        case logit
    }

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
        /// By what features are told.
        public var by: Order
        /// The token; negative ones count from the end.
        public var position: Int?
        /// The token whose logit is asked about.
        public var answer: String?
        /// The token whose logit is subtracted.
        public var wrong: String?
        /// How many features of each activation and token.
        public var top_k: Int
        /// Whether the first of them is traced.
        public var trace: Bool
        /// How far.
        public var options: FeatureTraceOptions

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, saes: [String]? = nil,
            by: Order = .activation, position: Int? = nil, answer: String? = nil, wrong: String? = nil, top_k: Int = 5,
            trace: Bool = false, options: FeatureTraceOptions = FeatureTraceOptions()
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.saes = saes
            self.by = by
            self.position = position
            self.answer = answer
            self.wrong = wrong
            self.top_k = top_k
            self.trace = trace
            self.options = options
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
        /// By what features are told.
        public var by: Order
        /// The logit, if one was asked about.
        public var logit: LogitSum?
        /// The features, those of lower layers first, token by token.
        public var places: [ExploredPlace]
        /// What the logit or the strongest feature is made of, if that was asked.
        public var graph: FeatureGraphInfo?

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, by: Order, logit: LogitSum? = nil, places: [ExploredPlace],
            graph: FeatureGraphInfo? = nil
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.by = by
            self.logit = logit
            self.places = places
            self.graph = graph
        }
    }

    /// The most multiply-adds that finding sources may take: less than half a second.
    public static let mostSourceWork = 300_000_000

    public static let name = "saes.explore"
    public static let summary =
        "A prompt's features, layer by layer and token by token, where they come from, and what makes them."
    public static let description = """
        By activation: the most active features of each autoencoder at each token, or at one. By logit: at the token after which the answer \
        would follow, those that add most to its logit by the direct path, with the last LayerNorm's σ as it is; what features at other \
        tokens do goes through attention and is found by the trace. There each activation's features, error and bias sum to what the whole \
        activation adds, and the parts of logit to the model's own number; effects of residual features, which stand for everything written \
        below, are told beside that sum and are not in it. Sources of attention-output features are shares of their pre-activation; they are left out where there are so many features that they \
        would take more than \(mostSourceWork / 1_000_000) million products, as for all tokens of a long text. With \
        trace, graph is what saes.trace finds: from the logit, or from the most active attention-output feature of the highest layer at the \
        last token that is told. Texts of more than 256 tokens are too long, and more than 32,000 features (autoencoders × tokens × top_k) too \
        many; the autoencoders are read one after another, at most 4 GiB of weights.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .optional("saes", Schema.autoencoders),
            .optional(
                "by",
                .string(
                    "By what features are told: activation, or what they add to a logit.", oneOf: Order.allCases.map(\.rawValue)),
                default: .string(Order.activation.rawValue)),
            .optional(
                "position",
                .integer(
                    "The token; negative ones count from the end. If absent all tokens by activation, the last by logit.")),
            .optional(
                "answer",
                .string(
                    "The token whose logit is asked about, with its space, as in \" Mary\"; the one that the model expects most if absent.",
                    length: 1...255)),
            .optional("wrong", .string("The token whose logit is subtracted.", length: 1...255)),
            .optional("top_k", .integer("How many features of each activation and token.", in: 1...100), default: 5),
            .optional("trace", .boolean("Whether the logit, or the first of the features, is traced."), default: false),
            .optional("options", FeatureTraceOptions.schema, default: FeatureTraceOptions.defaults),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("by", .string("By what features are told.", oneOf: Order.allCases.map(\.rawValue))),
            .optional("logit", LogitSum.schema),
            .required(
                "places", .array("The features, those of lower layers first, token by token.", of: ExploredPlace.schema)),
            .optional("graph", FeatureGraphInfo.schema),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [
            .saeNotFound, .dictionaryModelMismatch, .saeUnsuited, .positionOutOfRange, .taskUnsuited, .outOfMemory,
        ]
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John and Mary went to the store, John gave a drink to", "by": "logit", "answer": " Mary"], nil
    )
}
