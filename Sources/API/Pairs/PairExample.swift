/// One place where a pair of features acts.
public struct PairExample: Codable, Sendable, Hashable {
    /// Which context of the text.
    public var context: Int
    /// The position that looks back.
    public var destination: Int
    /// The position that is looked at.
    public var source: Int
    /// The query feature's activation at the destination.
    public var query_activation: Float
    /// The key feature's activation at the source.
    public var key_activation: Float
    /// What the pair adds to the head's score there.
    public var contribution: Float
    /// The pattern less what it would be without the pair at this destination.
    public var effect: Float
    /// In a sample: the share of all places whose contribution is expected to be smaller.
    public var quantile: Float?
    /// The text about the destination.
    public var destination_window: TokenWindow
    /// The text about the source.
    public var source_window: TokenWindow

    /// All facts.
    public init(
        context: Int, destination: Int, source: Int, query_activation: Float, key_activation: Float, contribution: Float,
        effect: Float, quantile: Float? = nil, destination_window: TokenWindow, source_window: TokenWindow
    ) {
        self.context = context
        self.destination = destination
        self.source = source
        self.query_activation = query_activation
        self.key_activation = key_activation
        self.contribution = contribution
        self.effect = effect
        self.quantile = quantile
        self.destination_window = destination_window
        self.source_window = source_window
    }
}

extension PairExample {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One place where a pair of features acts.",
        [
            .required("context", .count("Which context of the text.")),
            .required("destination", .position("The position that looks back.")),
            .required("source", .position("The position that is looked at.")),
            .required("query_activation", .number("The query feature's activation at the destination.")),
            .required("key_activation", .number("The key feature's activation at the source.")),
            .required("contribution", .number("What the pair adds to the head's score there.")),
            .required("effect", .number("The pattern less what it would be without the pair at this destination.")),
            .optional(
                "quantile", .share("In a sample: the share of all places whose contribution is expected to be smaller.")),
            .required("destination_window", TokenWindow.schema),
            .required("source_window", TokenWindow.schema),
        ])
}

/// Some tokens of a context, one after the other.
public struct TokenWindow: Codable, Sendable, Hashable {
    /// The position of the first.
    public var first: Int
    /// Their texts.
    public var pieces: [String]

    /// All facts.
    public init(first: Int, pieces: [String]) { (self.first, self.pieces) = (first, pieces) }
}

extension TokenWindow {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "Some tokens of a context, one after the other.",
        [
            .required("first", .position("The position of the first.")),
            .required("pieces", .array("Their texts.", of: .string())),
        ])
}

/// What a pair of features does in one head over a text.
public struct PairHeadFigures: Codable, Sendable, Hashable {
    /// The head within its layer, counted from 0.
    public var head: Int
    /// M · mask · attn_scale: a contribution is this times the two activations.
    public var weight: Float
    /// The mean contribution where the pair acts.
    public var mean_contribution: Float
    /// The mean effect on the pattern where the pair acts.
    public var mean_effect: Float
    /// The mean magnitude of that effect.
    public var mean_absolute_effect: Float

    /// All facts.
    public init(head: Int, weight: Float, mean_contribution: Float, mean_effect: Float, mean_absolute_effect: Float) {
        self.head = head
        self.weight = weight
        self.mean_contribution = mean_contribution
        self.mean_effect = mean_effect
        self.mean_absolute_effect = mean_absolute_effect
    }
}

extension PairHeadFigures {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a pair of features does in one head over a text.",
        [
            .required("head", Schema.head),
            .required("weight", .number("M · mask · attn_scale: a contribution is this times the two activations.")),
            .required("mean_contribution", .number("The mean contribution where the pair acts.")),
            .required("mean_effect", .number("The mean effect on the pattern where the pair acts.")),
            .required("mean_absolute_effect", .number("The mean magnitude of that effect.")),
        ])
}

/// How many places lie at some distances.
public struct DistanceCount: Codable, Sendable, Hashable {
    /// The least distance, destination less source.
    public var from: Int
    /// The greatest distance.
    public var to: Int
    /// How many places.
    public var count: Int
    /// As a share of all.
    public var share: Float

    /// All facts.
    public init(from: Int, to: Int, count: Int, share: Float) {
        (self.from, self.to, self.count, self.share) = (from, to, count, share)
    }
}

extension DistanceCount {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How many places lie at some distances.",
        [
            .required("from", .count("The least distance, destination less source.")),
            .required("to", .count("The greatest distance.")),
            .required("count", .count("How many places.")),
            .required("share", .share("As a share of all.")),
        ])
}
