// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.explain_look`: splits attention scores into pairs of residual features, biases and errors that sum to them, without training.
public enum SAEsExplainLook: Method {
    /// What is asked.
    public struct Params: PromptParams, Hashable {
        /// A resident model's name; the autoencoder's own if absent.
        public var model: String?
        /// The text; exactly one of `text` and `tokens` is given.
        public var text: String?
        /// The tokens themselves.
        public var tokens: [Int]?
        /// Whether a BOS token is put in front; it stands at position 0.
        public var prepend_bos: Bool
        /// An autoencoder of `resid_pre`, whose layer it is that looks.
        public var sae: String
        /// The head within its layer, counted from 0; all of the layer's if absent.
        public var head: Int?
        /// The position that looks; negative ones count from the end.
        public var destination: Int
        /// The position that is looked at; negative ones count from the end; the strongest of each head if absent.
        public var source: Int?
        /// How many pairs and features at most.
        public var top_k: Int

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, sae: String,
            head: Int? = nil, destination: Int = -1, source: Int? = nil, top_k: Int = 10
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.sae = sae
            self.head = head
            self.destination = destination
            self.source = source
            self.top_k = top_k
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
        /// The autoencoder whose features explain.
        public var sae: String
        /// The layer, counted from 0.
        public var layer: Int
        /// The position that looks.
        public var destination: Int
        /// The text of the token that looks.
        public var destination_piece: String
        /// One head's look, or one for each head of the layer.
        public var heads: [LookExplanation]

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, sae: String, layer: Int, destination: Int, destination_piece: String,
            heads: [LookExplanation]
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.sae = sae
            self.layer = layer
            self.destination = destination
            self.destination_piece = destination_piece
            self.heads = heads
        }
    }

    public static let name = "saes.explain_look"
    public static let summary = "Splits attention scores into pairs of residual features, biases and errors that sum to them."
    public static let description = """
        Needs no training on queries and keys: an autoencoder of the residual stream that enters a layer is read by that layer's W_Q and W_K, \
        LayerNorm's gain and bias in them, its σ as it is. Queries and keys are then sums of features, b_dec, what the autoencoder leaves and \
        the projection's bias, and a score of sixteen parts; identity_residual says how far their sum is from the model's own. Parts whose \
        key is the projection's bias are the same for every source: the softmax does not see them. pattern_effect is the pattern's entry less \
        what it would be without the pair at every source where it acts.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .required("sae", .name("An autoencoder of resid_pre, as in s1, whose layer it is that looks.")),
            .optional("head", .integer("The head within its layer, counted from 0; all of the layer's if absent.", in: 0...1023)),
            .optional("destination", .integer("The position that looks; negative ones count from the end."), default: -1),
            .optional(
                "source",
                .integer(
                    "The position that is looked at; negative ones count from the end; the strongest of each head if absent.")),
            .optional("top_k", .integer("How many pairs and features at most.", in: 1...1000), default: 10),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("sae", .name("The autoencoder whose features explain.")),
            .required("layer", Schema.layer),
            .required("destination", .position("The position that looks.")),
            .required("destination_piece", .string("The text of the token that looks.")),
            .required("heads", .array("One head's look, or one for each head of the layer.", of: LookExplanation.schema)),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [.saeNotFound, .dictionaryModelMismatch, .saeUnsuited, .headOutOfRange, .positionOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John and Mary went to the store, John gave a drink to", "sae": "s1", "head": 2, "source": 10], nil
    )
}
