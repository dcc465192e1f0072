/// The features of one activation that are active at one token.
public struct ExploredPlace: Codable, Sendable, Hashable {
    /// A feature.
    public struct Feature: Codable, Sendable, Hashable {
        /// The feature.
        public var feature: Int
        /// Its activation.
        public var activation: Float
        /// What it adds to the logit; absent unless a logit was asked about.
        public var attribution: Float?
        /// Where it comes from; of an attention-output feature, if there are not too many.
        public var sources: [FeatureBalance.Source]?

        /// All facts.
        public init(feature: Int, activation: Float, attribution: Float? = nil, sources: [FeatureBalance.Source]? = nil) {
            self.feature = feature
            self.activation = activation
            self.attribution = attribution
            self.sources = sources
        }
    }

    /// What all of an activation adds to a logit.
    public struct Attribution: Codable, Sendable, Hashable {
        /// All features.
        public var features: Float
        /// What the autoencoder leaves.
        public var error: Float
        /// Its b_dec and, of z, b_O.
        public var bias: Float

        /// All facts.
        public init(features: Float, error: Float, bias: Float) {
            self.features = features
            self.error = error
            self.bias = bias
        }
    }

    /// The autoencoder.
    public var sae: String
    /// The activation.
    public var site: SAESite
    /// The layer, counted from 0.
    public var layer: Int
    /// The token.
    public var position: Int
    /// Its text.
    public var piece: String
    /// How many features are active.
    public var active_features: Int
    /// The strongest.
    public var features: [Feature]
    /// What all of it adds to the logit; absent unless a logit was asked about.
    public var attribution: Attribution?

    /// All facts.
    public init(
        sae: String, site: SAESite, layer: Int, position: Int, piece: String, active_features: Int, features: [Feature],
        attribution: Attribution? = nil
    ) {
        self.sae = sae
        self.site = site
        self.layer = layer
        self.position = position
        self.piece = piece
        self.active_features = active_features
        self.features = features
        self.attribution = attribution
    }
}

/// What a logit is the sum of, by the direct path.
public struct LogitSum: Codable, Sendable, Hashable {
    /// Where it stands.
    public var position: Int
    /// The text of the token.
    public var answer: String
    /// The text of the token whose logit is subtracted.
    public var wrong: String?
    /// The model's own.
    public var total: Float
    /// All attention-output features.
    public var attention_features: Float
    /// The outputs of attentions without an autoencoder of z.
    public var attention: Float
    /// All MLPs.
    public var mlp: Float
    /// The token's embedding.
    public var embedding: Float
    /// The position's embedding.
    public var position_embedding: Float
    /// What autoencoders leave.
    public var error: Float
    /// All biases.
    public var bias: Float
    /// The total less all of these.
    public var identity_residual: Float

    /// All facts.
    public init(
        position: Int, answer: String, wrong: String? = nil, total: Float, attention_features: Float, attention: Float,
        mlp: Float, embedding: Float, position_embedding: Float, error: Float, bias: Float, identity_residual: Float
    ) {
        self.position = position
        self.answer = answer
        self.wrong = wrong
        self.total = total
        self.attention_features = attention_features
        self.attention = attention
        self.mlp = mlp
        self.embedding = embedding
        self.position_embedding = position_embedding
        self.error = error
        self.bias = bias
        self.identity_residual = identity_residual
    }
}

extension ExploredPlace {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "The features of one activation that are active at one token.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("site", SAESite.schema),
            .required("layer", Schema.layer),
            .required("position", .position("The token.")),
            .required("piece", .string("Its text.")),
            .required("active_features", .count("How many features are active.")),
            .required("features", .array("The strongest, by activation or by attribution.", of: Feature.schema)),
            .optional("attribution", Attribution.schema),
        ])
}

extension ExploredPlace.Feature {
    static let schema = Schema.object(
        "A feature.",
        [
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("activation", .number("Its activation.", from: 0)),
            .optional("attribution", .number("What it adds to the logit; absent unless a logit was asked about.")),
            .optional(
                "sources",
                .array(
                    "The strongest sources, as shares of its pre-activation; of an attention-output feature, if there are not too many.",
                    of: FeatureBalance.Source.schema)),
        ])
}

extension ExploredPlace.Attribution {
    static let schema = Schema.object(
        "What all of the activation adds to the logit; absent unless a logit was asked about.",
        [
            .required("features", .number("All features.")),
            .required("error", .number("What the autoencoder leaves.")),
            .required("bias", .number("Its b_dec and, of z, b_O.")),
        ])
}

extension LogitSum {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a logit is the sum of, by the direct path; absent unless one was asked about.",
        [
            .required("position", .position("Where it stands.")),
            .required("answer", .string("The text of the token.")),
            .optional("wrong", .string("The text of the token whose logit is subtracted.")),
            .required("total", .number("The model's own.")),
            .required("attention_features", .number("All attention-output features.")),
            .required("attention", .number("The outputs of attentions without an autoencoder of z.")),
            .required("mlp", .number("All MLPs.")),
            .required("embedding", .number("The token's embedding.")),
            .required("position_embedding", .number("The position's embedding.")),
            .required("error", .number("What autoencoders of z leave.")),
            .required("bias", .number("All biases, the last LayerNorm's too.")),
            .required("identity_residual", .number("The total less all of these.")),
        ])
}
