/// What one feature fires on.
public struct FeatureExamples: Codable, Sendable, Hashable {
    /// The feature.
    public var feature: Int
    /// The share of tokens on which it is active.
    public var density: Float
    /// Its largest activation.
    public var max_activation: Float
    /// Its mean activation where it is active.
    public var mean_activation: Float
    /// The tokens it is active on most often.
    public var top_tokens: [TokenCount]
    /// The places where it is most active.
    public var examples: [FeatureExample]
    /// An even sample of where it is active, strongest first; only of collected examples.
    public var quantiles: [FeatureExample]?
    /// How often it is active how strongly; absent in collections from before these were kept.
    public var histogram: ActivationBins?

    /// All facts.
    public init(
        feature: Int, density: Float, max_activation: Float, mean_activation: Float, top_tokens: [TokenCount],
        examples: [FeatureExample], quantiles: [FeatureExample]? = nil, histogram: ActivationBins? = nil
    ) {
        self.feature = feature
        self.density = density
        self.max_activation = max_activation
        self.mean_activation = mean_activation
        self.top_tokens = top_tokens
        self.examples = examples
        self.quantiles = quantiles
        self.histogram = histogram
    }
}

extension FeatureExamples {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What one feature fires on.",
        [
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("density", .share("The share of tokens on which it is active.")),
            .required("max_activation", .number("Its largest activation.")),
            .required("mean_activation", .number("Its mean activation where it is active.")),
            .required("top_tokens", .array("The tokens it is active on most often.", of: TokenCount.schema)),
            .required("examples", .array("The places where it is most active.", of: FeatureExample.schema)),
            .optional(
                "quantiles",
                .array(
                    "An even sample of where it is active, strongest first; only of collected examples.",
                    of: FeatureExample.schema)),
            .optional("histogram", ActivationBins.schema),
        ])
}

/// How often a feature is active how strongly.
public struct ActivationBins: Codable, Sendable, Hashable {
    /// The width of a bin, a power of two.
    public var width: Float
    /// How many activations lie in each bin, from 0 upwards to the largest.
    public var counts: [Int]

    /// Some bins.
    public init(width: Float, counts: [Int]) {
        self.width = width
        self.counts = counts
    }
}

extension ActivationBins {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How often it is active how strongly: bin i counts activations from i times the width to (i + 1) times.",
        [
            .required("width", .number("The width of a bin, a power of two.")),
            .required(
                "counts",
                .array("How many activations lie in each bin, from 0 upwards to the largest.", of: .integer(in: 0...Int.max))),
        ])
}

/// How often something occurs on one token.
public struct TokenCount: Codable, Sendable, Hashable {
    /// The token's text.
    public var piece: String
    /// How often.
    public var count: Int
    /// As a share of all occurrences.
    public var share: Float

    /// All facts.
    public init(piece: String, count: Int, share: Float) {
        self.piece = piece
        self.count = count
        self.share = share
    }
}

extension TokenCount {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How often something occurs on one token.",
        [
            .required("piece", .string("The token's text.")),
            .required("count", .count("How often.")),
            .required("share", .share("As a share of all occurrences.")),
        ])
}

/// One place where a feature is active.
public struct FeatureExample: Codable, Sendable, Hashable {
    /// Its activation.
    public var activation: Float
    /// The token.
    public var token: Int
    /// The token's text.
    public var piece: String
    /// Which context of the corpus.
    public var context: Int
    /// Where in that context.
    public var position: Int
    /// The texts of the tokens before it.
    public var before: [String]
    /// The texts of the tokens after it.
    public var after: [String]

    /// All facts.
    public init(activation: Float, token: Int, piece: String, context: Int, position: Int, before: [String], after: [String]) {
        self.activation = activation
        self.token = token
        self.piece = piece
        self.context = context
        self.position = position
        self.before = before
        self.after = after
    }
}

extension FeatureExample {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One place where a feature is active.",
        [
            .required("activation", .number("Its activation.")),
            .required("token", .integer("The token.", in: 0...Int.max)),
            .required("piece", .string("The token's text.")),
            .required("context", .count("Which context of the corpus.")),
            .required("position", .position("Where in that context.")),
            .required("before", .array("The texts of the tokens before it.", of: .string())),
            .required("after", .array("The texts of the tokens after it.", of: .string())),
        ])
}
