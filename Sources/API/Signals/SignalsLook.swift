// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `signals.look`: splits one look of a head into the terms of its singular decomposition, and says which of them make it.
public enum SignalsLook: Method {
    /// What is asked.
    public struct Params: PromptParams, TensorParams, Hashable {
        /// A resident model's name; the embedded model if absent.
        public var model: String?
        /// The text; exactly one of `text` and `tokens` is given.
        public var text: String?
        /// The tokens themselves.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front; it stands at position 0.
        public var prepend_bos: Bool
        /// The layer, counted from 0.
        public var layer: Int
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The position that looks; negative ones count from the end.
        public var destination: Int
        /// The position that is looked at; the strongest if absent.
        public var source: Int?
        /// How terms are selected.
        public var mode: SignalMode
        /// The share of the total that the kept terms have to exceed.
        public var phi: Double
        /// Whether the other terms are listed too.
        public var all_terms: Bool
        /// How the signals' vectors reach the caller: not at all as `json`.
        public var tensors: TensorDelivery
        /// The file that is to hold them.
        public var path: String?
        /// How they are laid out.
        public var format: TensorFormat?

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, layer: Int, head: Int,
            destination: Int = -1, source: Int? = nil, mode: SignalMode = .score_sum, phi: Double = 1, all_terms: Bool = false,
            tensors: TensorDelivery = .json, path: String? = nil, format: TensorFormat? = nil
        ) {
            (self.model, self.text, self.tokens, self.prepend_bos) = (model, text, tokens, prepend_bos)
            (self.layer, self.head, self.destination, self.source) = (layer, head, destination, source)
            (self.mode, self.phi, self.all_terms) = (mode, phi, all_terms)
            (self.tensors, self.path, self.format) = (tensors, path, format)
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
        /// The layer, counted from 0.
        public var layer: Int
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The position that looks.
        public var destination: Int
        /// The position that is looked at.
        public var source: Int
        /// How terms are selected.
        public var mode: SignalMode
        /// What a sum of terms is multiplied by to be a score.
        public var attn_scale: Float
        /// The model's own score.
        public var attn_score: Float
        /// The model's own attention.
        public var pattern: Float
        /// Whether the mode's authors would call it a look.
        public var fires: Bool
        /// The terms: once, or for each end where they are selected apart.
        public var sides: [LookSideReport]
        /// Where the signals' vectors are, if they were asked for.
        public var tensors: TensorFile?

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, layer: Int, head: Int, destination: Int, source: Int,
            mode: SignalMode,
            attn_scale: Float, attn_score: Float, pattern: Float, fires: Bool, sides: [LookSideReport], tensors: TensorFile? = nil
        ) {
            (self.tokens, self.pieces, self.model, self.layer, self.head) = (tokens, pieces, model, layer, head)
            (self.destination, self.source, self.mode, self.attn_scale) = (destination, source, mode, attn_scale)
            (self.attn_score, self.pattern, self.fires, self.sides, self.tensors) = (attn_score, pattern, fires, sides, tensors)
        }
    }

    public static let name = "signals.look"
    public static let summary =
        "Splits one look of a head into the terms of its singular decomposition, and says which of them make it."
    public static let description = """
        The terms c_k = s_k·(x̃·u_k)·(v_k·x̃), with x̃ of the destination first, sum to the score before attn_scale; residual says how far. \
        A look fires: with score_sum where its attention is at least a half, its score not negative and its source not the first token; with \
        relative_attention where the attention is at least 1/(destination + 1); with softmax_greedy where it is at least 2.5 times that, or 1. \
        The forms are augmented, omega_d and omega_s for the ends, and plain with b_Q and b_K as offsets of x. In a file or in memory there are \
        four arrays, a row for each kept term: destination.vectors and source.vectors, ±√s_k·u_k and ±√s_k·v_k with the sign of the \
        projection, and destination.basis and source.basis, u_k and v_k; the last column of an augmented side reads the constant 1.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .optional("destination", .integer("The position that looks; negative ones count from the end."), default: -1),
            .optional(
                "source",
                .integer("The position that is looked at; negative ones count from the end; the strongest if absent.")),
        ] + Schema.signalSelection + [
            .optional("all_terms", .boolean("Whether the other terms are listed too."), default: false)
        ] + Schema.tensorDelivery)
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required("destination", .position("The position that looks.")),
            .required("source", .position("The position that is looked at.")),
            .required("mode", .string("How terms are selected.", oneOf: SignalMode.allCases.map(\.rawValue))),
            .required("attn_scale", .number("What a sum of terms is multiplied by to be a score.")),
            .required("attn_score", .number("The model's own score.")),
            .required("pattern", .share("The model's own attention.")),
            .required("fires", .boolean("Whether the mode's authors would call it a look.")),
            .required(
                "sides",
                .array("The terms: once, or for each end where they are selected apart.", of: LookSideReport.schema, count: 1...2)
            ),
            .optional("tensors", TensorFile.schema),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [.modelUnsupported, .layerOutOfRange, .headOutOfRange, .positionOutOfRange] + ErrorKind.ofTensors
    public static let example: (params: JSON, result: JSON?) = (
        [
            "text": "When John and Mary went to the store, John gave a drink to", "layer": 2, "head": 2,
            "mode": "relative_attention",
        ],
        nil
    )
}
