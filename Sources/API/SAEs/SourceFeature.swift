/// An attention-output feature at a token: who writes it, where it comes from, and what it does to the logits.
public struct SourceFeature: Codable, Sendable, Hashable {
    /// What one source gives.
    public struct Source: Codable, Sendable, Hashable {
        /// The position.
        public var source: Int
        /// The text of its token.
        public var source_piece: String
        /// What it adds to the pre-activation.
        public var contribution: Float
        /// What each head carries of that.
        public var heads: [Float]

        /// All facts.
        public init(source: Int, source_piece: String, contribution: Float, heads: [Float]) {
            self.source = source
            self.source_piece = source_piece
            self.contribution = contribution
            self.heads = heads
        }
    }

    /// What a token's logit changes by.
    public struct Logit: Codable, Sendable, Hashable {
        /// The token.
        public var token: Int
        /// Its text.
        public var piece: String
        /// By how much, for a unit of the feature.
        public var value: Float

        /// All facts.
        public init(token: Int, piece: String, value: Float) {
            self.token = token
            self.piece = piece
            self.value = value
        }
    }

    /// What a feature of the residual stream gives.
    public struct Residual: Codable, Sendable, Hashable {
        /// The feature.
        public var feature: Int
        /// Its activation at the source.
        public var activation: Float
        /// What it adds to the pre-activation.
        public var contribution: Float
        /// The published form, without the pattern and σ.
        public var published: Float

        /// All facts.
        public init(feature: Int, activation: Float, contribution: Float, published: Float) {
            self.feature = feature
            self.activation = activation
            self.contribution = contribution
            self.published = published
        }
    }

    /// One hop further, at the strongest source.
    public struct Hop: Codable, Sendable, Hashable {
        /// The source.
        public var source: Int
        /// The strongest features there.
        public var features: [Residual]
        /// What all features add.
        public var features_sum: Float
        /// What the residual autoencoder's b_dec adds.
        public var b_dec: Float
        /// What it leaves adds.
        public var error: Float
        /// What the value bias adds.
        public var b_V: Float
        /// The sum of all parts minus the source's contribution.
        public var identity_residual: Float

        /// All facts.
        public init(
            source: Int, features: [Residual], features_sum: Float, b_dec: Float, error: Float, b_V: Float,
            identity_residual: Float
        ) {
            self.source = source
            self.features = features
            self.features_sum = features_sum
            self.b_dec = b_dec
            self.error = error
            self.b_V = b_V
            self.identity_residual = identity_residual
        }
    }

    /// The feature.
    public var feature: Int
    /// Its activation at the destination; 0 where it is not active.
    public var activation: Float
    /// Its pre-activation.
    public var pre_activation: Float
    /// Each head's share of its decoder row.
    public var head_shares: [Float]
    /// The strongest sources.
    public var sources: [Source]
    /// What all sources add.
    public var sources_sum: Float
    /// What no source adds: b_enc less what b_dec reads as.
    public var constant: Float
    /// The sum of both minus the pre-activation.
    public var identity_residual: Float
    /// One hop further; absent without an autoencoder of the residual stream.
    public var hop: Hop?
    /// The tokens whose logits rise most; absent unless asked for.
    public var raised: [Logit]?
    /// The tokens whose logits fall most; absent unless asked for.
    public var lowered: [Logit]?

    /// All facts.
    public init(
        feature: Int, activation: Float, pre_activation: Float, head_shares: [Float], sources: [Source], sources_sum: Float,
        constant: Float, identity_residual: Float, hop: Hop? = nil, raised: [Logit]? = nil, lowered: [Logit]? = nil
    ) {
        self.feature = feature
        self.activation = activation
        self.pre_activation = pre_activation
        self.head_shares = head_shares
        self.sources = sources
        self.sources_sum = sources_sum
        self.constant = constant
        self.identity_residual = identity_residual
        self.hop = hop
        self.raised = raised
        self.lowered = lowered
    }
}
