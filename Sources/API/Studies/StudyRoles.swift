/// How many features of an autoencoder belong to which family.
public struct StudyFamilies: Codable, Sendable, Hashable {
    /// The autoencoder.
    public var sae: String
    /// Its layer.
    public var layer: Int
    /// How many tokens were read.
    public var tokens: Int
    /// How many features were active at all.
    public var live: Int
    /// Those that the text's first token gives most.
    public var first: Int
    /// Those that tokens after an earlier occurrence of the destination's token give most.
    public var induction: Int
    /// Those that tokens just before give most.
    public var local: Int
    /// Those that other tokens give most.
    public var long_range: Int

    /// All facts.
    public init(sae: String, layer: Int, tokens: Int, live: Int, first: Int, induction: Int, local: Int, long_range: Int) {
        self.sae = sae
        self.layer = layer
        self.tokens = tokens
        self.live = live
        self.first = first
        self.induction = induction
        self.local = local
        self.long_range = long_range
    }
}

/// Where a feature comes from.
public struct StudyRole: Codable, Sendable, Hashable {
    /// The autoencoder.
    public var sae: String
    /// Its layer.
    public var layer: Int
    /// The feature.
    public var feature: Int
    /// At how many tokens it is active.
    public var active: Int
    /// Its family: first, induction, local or long_range; absent if no source is for it.
    public var family: String?
    /// The share of the text's first token in what it is given.
    public var first: Float
    /// The share of tokens after an earlier occurrence of the destination's token.
    public var induction: Float
    /// The share of tokens just before.
    public var local: Float
    /// The share of the others.
    public var long_range: Float
    /// The tokens at which it is most often active.
    public var pieces: [String]
    /// The head that writes most of it.
    public var head: Int
    /// That head's share.
    public var head_share: Float

    /// All facts.
    public init(
        sae: String, layer: Int, feature: Int, active: Int, family: String?, first: Float, induction: Float, local: Float,
        long_range: Float, pieces: [String], head: Int, head_share: Float
    ) {
        self.sae = sae
        self.layer = layer
        self.feature = feature
        self.active = active
        self.family = family
        self.first = first
        self.induction = induction
        self.local = local
        self.long_range = long_range
        self.pieces = pieces
        self.head = head
        self.head_share = head_share
    }
}

/// The features that a head writes, by what they do.
public struct StudyHead: Codable, Sendable, Hashable {
    /// The autoencoder.
    public var sae: String
    /// The layer.
    public var layer: Int
    /// The head.
    public var head: Int
    /// The features of which it writes the largest share, the largest first.
    public var features: [Int]
    /// Its share of each.
    public var shares: [Float]
    /// Those that were active, in groups of alike ones, the largest first.
    public var groups: [[Int]]
    /// The tokens at which each group is most often active.
    public var pieces: [[String]]

    /// All facts.
    public init(
        sae: String, layer: Int, head: Int, features: [Int], shares: [Float], groups: [[Int]], pieces: [[String]]
    ) {
        self.sae = sae
        self.layer = layer
        self.head = head
        self.features = features
        self.shares = shares
        self.groups = groups
        self.pieces = pieces
    }
}

extension StudyFamilies {
    /// What it is on the wire.
    static let schema = Schema.object(
        "How many features of an autoencoder belong to which family.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("layer", Schema.layer),
            .required("tokens", .count("How many tokens were read.")),
            .required("live", .count("How many features were active at all.")),
            .required("first", .count("Those that the text's first token gives most.")),
            .required("induction", .count("Those that tokens after an earlier occurrence of the destination's token give most.")),
            .required("local", .count("Those that tokens just before give most.")),
            .required("long_range", .count("Those that other tokens give most.")),
        ])
}

extension StudyRole {
    /// What it is on the wire.
    static let schema = Schema.object(
        "Where a feature comes from.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("layer", Schema.layer),
            .required("feature", .count("The feature.")),
            .required("active", .count("At how many tokens it is active.")),
            .optional(
                "family", .string("Its family: first, induction, local or long_range; absent if no source is for it.")),
            .required("first", .share("The share of the text's first token in what it is given.")),
            .required("induction", .share("The share of tokens after an earlier occurrence of the destination's token.")),
            .required("local", .share("The share of tokens just before.")),
            .required("long_range", .share("The share of the others.")),
            .required("pieces", .array("The tokens at which it is most often active.", of: .string())),
            .required("head", Schema.head),
            .required("head_share", .share("That head's share.")),
        ])
}

extension StudyHead {
    /// What it is on the wire.
    static let schema = Schema.object(
        "The features that a head writes, by what they do.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required(
                "features",
                .array("The features of which it writes the largest share, the largest first.", of: .count(""))),
            .required("shares", .array("Its share of each.", of: .share(""))),
            .required(
                "groups",
                .array(
                    "Those that were active, in groups of alike ones, the largest first.", of: .array("", of: .count("")))),
            .required(
                "pieces", .array("The tokens at which each group is most often active.", of: .array("", of: .string()))),
        ])
}
