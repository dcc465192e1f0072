// The witnesses are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import JSON

/// `saes.attribute`: where attention-output features at a token come from, and what they do to the logits.
public enum SAEsAttribute: Method {
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
        /// An autoencoder of z.
        public var sae: String
        /// An autoencoder of `resid_pre` of the same layer, for one hop further.
        public var residual_sae: String?
        /// The token whose features are asked about; negative ones count from the end.
        public var destination: Int
        /// The features; the most active ones if absent.
        public var features: [Int]?
        /// How many features, sources and tokens at most.
        public var top_k: Int
        /// Whether the direct effect on the logits is told.
        public var logits: Bool

        /// All parameters.
        public init(
            model: String? = nil, text: String? = nil, tokens: [Int]? = nil, prepend_bos: Bool = true, sae: String,
            residual_sae: String? = nil, destination: Int = -1, features: [Int]? = nil, top_k: Int = 5, logits: Bool = false
        ) {
            self.model = model
            self.text = text
            self.tokens = tokens
            self.prepend_bos = prepend_bos
            self.sae = sae
            self.residual_sae = residual_sae
            self.destination = destination
            self.features = features
            self.top_k = top_k
            self.logits = logits
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
        /// The autoencoder.
        public var sae: String
        /// The autoencoder of the residual stream, if one was named.
        public var residual_sae: String?
        /// The layer, counted from 0.
        public var layer: Int
        /// The token whose features they are.
        public var destination: Int
        /// Its text.
        public var destination_piece: String
        /// How many features are active there.
        public var active_features: Int
        /// The features, the most active first.
        public var features: [SourceFeature]

        /// All facts.
        public init(
            tokens: [Int], pieces: [String], model: String, sae: String, residual_sae: String? = nil, layer: Int,
            destination: Int, destination_piece: String, active_features: Int, features: [SourceFeature]
        ) {
            self.tokens = tokens
            self.pieces = pieces
            self.model = model
            self.sae = sae
            self.residual_sae = residual_sae
            self.layer = layer
            self.destination = destination
            self.destination_piece = destination_piece
            self.active_features = active_features
            self.features = features
        }
    }

    public static let name = "saes.attribute"
    public static let summary = "Where attention-output features at a token come from, and what they do to the logits."
    public static let description = """
        A pre-activation is the sum over sources and heads of A v·W_enc, and of a constant; identity_residual says how far that sum is from \
        the pre-activation. head_shares are by the norms of each head's part of the decoder row. With residual_sae, the strongest source's \
        part is taken apart into features of the residual stream there, in the exact form, with the pattern and LayerNorm's σ, and in that \
        of the published dashboards, without them. With logits, the direct effect W_dec W_O W_U on every token's logit less the mean, the \
        last LayerNorm's gain in W_U and its σ left out.
        """
    public static let params = Schema.object(
        "",
        Schema.prompt + [
            .required("sae", .name("An autoencoder of z, as in s1.")),
            .optional("residual_sae", .name("An autoencoder of resid_pre of the same layer, as in s2, for one hop further.")),
            .optional(
                "destination", .integer("The token whose features are asked about; negative ones count from the end."),
                default: -1),
            .optional(
                "features",
                .array("The features; the most active ones if absent.", of: .integer(in: 0...Int.max), count: 1...100)),
            .optional("top_k", .integer("How many features, sources and tokens at most.", in: 1...100), default: 5),
            .optional("logits", .boolean("Whether the direct effect on the logits is told."), default: false),
        ])
    public static let result = Schema.object(
        "What comes back.",
        [
            .required("tokens", Schema.tokens),
            .required("pieces", Schema.pieces),
            .required("model", .name("The model's name.")),
            .required("sae", .name("The autoencoder.")),
            .optional("residual_sae", .name("The autoencoder of the residual stream, if one was named.")),
            .required("layer", Schema.layer),
            .required("destination", .position("The token whose features they are.")),
            .required("destination_piece", .string("Its text.")),
            .required("active_features", .count("How many features are active there.")),
            .required("features", .array("The features, the most active first.", of: SourceFeature.schema)),
        ])
    public static let errors: [ErrorKind] =
        ErrorKind.ofPrompts + [.saeNotFound, .dictionaryModelMismatch, .saeUnsuited, .featureOutOfRange, .positionOutOfRange]
    public static let example: (params: JSON, result: JSON?) = (
        ["text": "When John and Mary went to the store, John gave a drink to", "sae": "s1", "top_k": 3], nil
    )
}
