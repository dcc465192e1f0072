/// What a feature's weights say, without any text.
public struct FeatureWeights: Codable, Sendable, Hashable {
    /// What the feature adds to the scores of one head.
    public struct Attraction: Codable, Sendable, Hashable {
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The tokens whose score it raises most.
        public var raised: [TokenValue]
        /// The tokens whose score it lowers most.
        public var lowered: [TokenValue]

        /// All facts.
        public init(head: Int, raised: [TokenValue], lowered: [TokenValue]) {
            (self.head, self.raised, self.lowered) = (head, raised, lowered)
        }
    }

    /// The feature.
    public var feature: Int
    /// What is added to its pre-activation.
    public var b_enc: Float
    /// What its pre-activation must exceed; absent where that is 0 or depends on other features.
    public var threshold: Float?
    /// The norm of its column of W_enc.
    public var encoder_norm: Float
    /// The norm of its row of W_dec.
    public var decoder_norm: Float
    /// The norm of each head's part of that row.
    public var head_norms: [Float]
    /// The tokens whose embedding alone raises its pre-activation most.
    public var raised: [TokenValue]
    /// The tokens whose embedding alone lowers it most.
    public var lowered: [TokenValue]
    /// What it attracts or is attracted by in the head that it writes most to.
    public var attracts: Attraction
    /// The tokens that the direction which it reads promotes most.
    public var promotes: [TokenValue]
    /// The tokens that the direction demotes most.
    public var demotes: [TokenValue]

    /// All facts.
    public init(
        feature: Int, b_enc: Float, threshold: Float? = nil, encoder_norm: Float, decoder_norm: Float, head_norms: [Float],
        raised: [TokenValue], lowered: [TokenValue], attracts: Attraction, promotes: [TokenValue], demotes: [TokenValue]
    ) {
        (self.feature, self.b_enc, self.threshold) = (feature, b_enc, threshold)
        (self.encoder_norm, self.decoder_norm, self.head_norms) = (encoder_norm, decoder_norm, head_norms)
        (self.raised, self.lowered, self.attracts) = (raised, lowered, attracts)
        (self.promotes, self.demotes) = (promotes, demotes)
    }
}

extension FeatureWeights {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a feature's weights say, without any text.",
        [
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("b_enc", .number("What is added to its pre-activation.")),
            .optional(
                "threshold",
                .number("What its pre-activation must exceed; absent where that is 0 or depends on other features.")),
            .required("encoder_norm", .number("The norm of its column of W_enc.")),
            .required("decoder_norm", .number("The norm of its row of W_dec.")),
            .required("head_norms", .array("The norm of each head's part of that row.", of: .number())),
            .required(
                "raised", .array("The tokens whose embedding alone raises its pre-activation most.", of: TokenValue.schema)),
            .required("lowered", .array("The tokens whose embedding alone lowers it most.", of: TokenValue.schema)),
            .required(
                "attracts",
                .object(
                    "In the head that it writes most to: what its decoder row adds to the score of tokens whose embedding alone is at "
                        + "the other end, the source of a query feature, the destination of a key feature.",
                    [
                        .required("head", Schema.head),
                        .required("raised", .array("The tokens whose score it raises most.", of: TokenValue.schema)),
                        .required("lowered", .array("The tokens whose score it lowers most.", of: TokenValue.schema)),
                    ])),
            .required(
                "promotes",
                .array(
                    "The tokens that the direction which it reads promotes most, through the last LayerNorm's gain and the "
                        + "unembedding, less the mean over all tokens.", of: TokenValue.schema)),
            .required("demotes", .array("The tokens that the direction demotes most.", of: TokenValue.schema)),
        ])
}

/// A number that goes with a token.
public struct TokenValue: Codable, Sendable, Hashable {
    /// The token.
    public var token: Int
    /// Its text.
    public var piece: String
    /// The number.
    public var value: Float

    /// All facts.
    public init(token: Int, piece: String, value: Float) { (self.token, self.piece, self.value) = (token, piece, value) }
}

extension TokenValue {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A number that goes with a token.",
        [
            .required("token", .integer("The token.", in: 0...Int.max)),
            .required("piece", .string("The token's text.")),
            .required("value", .number("The number.")),
        ])
}
