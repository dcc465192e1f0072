/// A look, the pairs that make it, and the features that it gives to.
public struct ChainLook: Codable, Sendable, Hashable {
    /// A pair that the map's mask has left.
    public struct Pair: Codable, Sendable, Hashable {
        /// A feature of the query side.
        public var query_feature: Int
        /// A feature of the key side.
        public var key_feature: Int
        /// What the pair adds to the score.
        public var contribution: Float
        /// Its share of the attention.
        public var share: Float

        /// All facts.
        public init(query_feature: Int, key_feature: Int, contribution: Float, share: Float) {
            self.query_feature = query_feature
            self.key_feature = key_feature
            self.contribution = contribution
            self.share = share
        }
    }

    /// A feature of the attention's output.
    public struct Feature: Codable, Sendable, Hashable {
        /// The feature.
        public var feature: Int
        /// Its activation at the destination.
        public var activation: Float
        /// Its pre-activation.
        public var pre_activation: Float
        /// What the look adds to the pre-activation.
        public var carried: Float
        /// What each pair carries of that, in the order of the pairs.
        public var by_pairs: [Float]
        /// What everything else in the score carries of it.
        public var by_rest: Float

        /// All facts.
        public init(
            feature: Int, activation: Float, pre_activation: Float, carried: Float, by_pairs: [Float], by_rest: Float
        ) {
            self.feature = feature
            self.activation = activation
            self.pre_activation = pre_activation
            self.carried = carried
            self.by_pairs = by_pairs
            self.by_rest = by_rest
        }
    }

    /// How the attention is shared.
    public struct Shares: Codable, Sendable, Hashable {
        /// All pairs that the mask has left.
        public var surviving: Float
        /// All pairs that it has cut.
        public var cut: Float
        /// The parts with a bias and without an error.
        public var bias: Float
        /// The parts with an error.
        public var error: Float
        /// Pairs that act at other sources only; by score 0.
        public var elsewhere: Float
        /// What needs no score; by score 0.
        public var uniform: Float

        /// All facts.
        public init(surviving: Float, cut: Float, bias: Float, error: Float, elsewhere: Float, uniform: Float) {
            self.surviving = surviving
            self.cut = cut
            self.bias = bias
            self.error = error
            self.elsewhere = elsewhere
            self.uniform = uniform
        }
    }

    /// The head, counted from 0.
    public var head: Int
    /// The position that is looked at.
    public var source: Int
    /// The text of its token.
    public var source_piece: String
    /// The model's own score, divided by √d_head.
    public var attn_score: Float
    /// The model's own pattern.
    public var pattern: Float
    /// How many pairs the mask has left that act here.
    public var surviving_pairs: Int
    /// Those with the largest shares.
    public var pairs: [Pair]
    /// How the attention is shared.
    public var shares: Shares
    /// By pattern 1 less all shares; by score the model's own over Σ|parts| less all shares.
    public var share_residual: Float
    /// The features.
    public var features: [Feature]

    /// All facts.
    public init(
        head: Int, source: Int, source_piece: String, attn_score: Float, pattern: Float, surviving_pairs: Int, pairs: [Pair],
        shares: Shares, share_residual: Float, features: [Feature]
    ) {
        self.head = head
        self.source = source
        self.source_piece = source_piece
        self.attn_score = attn_score
        self.pattern = pattern
        self.surviving_pairs = surviving_pairs
        self.pairs = pairs
        self.shares = shares
        self.share_residual = share_residual
        self.features = features
    }
}

extension ChainLook {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A look, the pairs that make it, and the features that it gives to.",
        [
            .required("head", Schema.head),
            .required("source", .position("The position that is looked at.")),
            .required("source_piece", .string("The text of its token.")),
            .required("attn_score", .number("The model's own score, divided by √d_head.")),
            .required("pattern", .share("The model's own pattern.")),
            .required("surviving_pairs", .count("How many pairs the mask has left that act here.")),
            .required("pairs", .array("Those with the largest shares.", of: Pair.schema)),
            .required("shares", Shares.schema),
            .required(
                "share_residual", .number("By pattern 1 less all shares; by score the model's own over Σ|parts| less all shares.")
            ),
            .required("features", .array("The features, those that it gives most to first.", of: Feature.schema)),
        ])
}

extension ChainLook.Pair {
    static let schema = Schema.object(
        "A pair that the map's mask has left.",
        [
            .required("query_feature", Schema.queryFeature),
            .required("key_feature", Schema.keyFeature),
            .required("contribution", .number("What the pair adds to the score.")),
            .required("share", .number("Its share of the attention.")),
        ])
}

extension ChainLook.Feature {
    static let schema = Schema.object(
        "A feature of the attention's output.",
        [
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("activation", .number("Its activation at the destination.", from: 0)),
            .required("pre_activation", .number("Its pre-activation.")),
            .required("carried", .number("What the look adds to the pre-activation.")),
            .required("by_pairs", .array("What each pair carries of that, in the order of the pairs.", of: .number())),
            .required("by_rest", .number("What everything else in the score carries of it.")),
        ])
}

extension ChainLook.Shares {
    static let schema = Schema.object(
        "How the attention is shared: by pattern the parts sum to 1, by score to the score over the sum of their magnitudes.",
        [
            .required("surviving", .number("All pairs that the mask has left.")),
            .required("cut", .number("All pairs that it has cut.")),
            .required("bias", .number("The parts with a bias and without an error.")),
            .required("error", .number("The parts with an error.")),
            .required("elsewhere", .number("Pairs that act at other sources only; by score 0.")),
            .required("uniform", .number("What needs no score: 1/n of n sources; by score 0.")),
        ])
}
