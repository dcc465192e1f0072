/// Which features of one side two dictionaries have in common.
public struct FeatureMatchingInfo: Codable, Sendable, Hashable {
    /// The first dictionary.
    public var first: String
    /// The second.
    public var second: String
    /// The side.
    public var side: FeatureSide
    /// How many features of the first were active on the text.
    public var live_first: Int
    /// How many of the second.
    public var live_second: Int
    /// How many of the first's have a partner.
    public var matched: Int
    /// Their share of the sum of all the first's activations.
    public var matched_activation: Double
    /// The matches' mean correlation; absent without matches.
    public var mean_correlation: Double?
    /// The matches' mean cosine of their decoder rows; absent where the layers or widths differ.
    public var mean_cosine: Double?
    /// Features of the first by their largest correlation, in ten equal parts of 0 to 1.
    public var histogram: [Int]
    /// Each match, if it was asked for.
    public var matches: [FeatureMatch]?

    /// All facts.
    public init(
        first: String, second: String, side: FeatureSide, live_first: Int, live_second: Int, matched: Int,
        matched_activation: Double, mean_correlation: Double?, mean_cosine: Double?, histogram: [Int],
        matches: [FeatureMatch]? = nil
    ) {
        self.first = first
        self.second = second
        self.side = side
        self.live_first = live_first
        self.live_second = live_second
        self.matched = matched
        self.matched_activation = matched_activation
        self.mean_correlation = mean_correlation
        self.mean_cosine = mean_cosine
        self.histogram = histogram
        self.matches = matches
    }
}

extension FeatureMatchingInfo {
    /// The parts of the histogram.
    public static let histogramParts = 10

    /// What it is on the wire.
    public static let schema = Schema.object(
        "Which features of one side two dictionaries have in common.",
        [
            .required("first", .name("The first dictionary.")),
            .required("second", .name("The second.")),
            .required("side", FeatureSide.schema),
            .required("live_first", .count("How many features of the first were active on the text.")),
            .required("live_second", .count("How many of the second.")),
            .required("matched", .count("How many of the first's have a partner.")),
            .required("matched_activation", .share("Their share of the sum of all the first's activations.")),
            .optional("mean_correlation", .number("The matches' mean correlation; absent without matches.")),
            .optional(
                "mean_cosine",
                .number("The matches' mean cosine of their decoder rows; absent where the layers or widths differ.")),
            .required(
                "histogram",
                .array(
                    "Features of the first by their largest correlation, in ten equal parts of 0 to 1.",
                    of: .integer(in: 0...Int.max), count: histogramParts...histogramParts)),
            .optional("matches", .array("Each match, if it was asked for.", of: FeatureMatch.schema)),
        ])
}

/// A feature and the one of another dictionary that does the same.
public struct FeatureMatch: Codable, Sendable, Hashable {
    /// Of the first dictionary.
    public var feature: Int
    /// Of the second.
    public var partner: Int
    /// Of their activations.
    public var correlation: Double
    /// Of their decoder rows; absent where the layers or widths differ.
    public var cosine: Double?

    /// All facts.
    public init(feature: Int, partner: Int, correlation: Double, cosine: Double?) {
        self.feature = feature
        self.partner = partner
        self.correlation = correlation
        self.cosine = cosine
    }
}

extension FeatureMatch {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A feature and the one of another dictionary that does the same.",
        [
            .required("feature", .integer("Of the first dictionary.", in: 0...Int.max)),
            .required("partner", .integer("Of the second.", in: 0...Int.max)),
            .required("correlation", .number("Of their activations.")),
            .optional("cosine", .number("Of their decoder rows; absent where the layers or widths differ.")),
        ])
}

/// How much of one map others have too.
public struct MapOverlapInfo: Codable, Sendable, Hashable {
    /// The map.
    public var first: String
    /// The maps that it is looked for in; found is what each of them has.
    public var others: [String]
    /// Shares of the first's entries.
    public var entries: OverlapShares
    /// Shares of their expected contribution.
    public var contribution: OverlapShares

    /// All facts.
    public init(first: String, others: [String], entries: OverlapShares, contribution: OverlapShares) {
        self.first = first
        self.others = others
        self.entries = entries
        self.contribution = contribution
    }
}

extension MapOverlapInfo {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How much of one map others have too.",
        [
            .required("first", .name("The map.")),
            .required("others", .array("The maps that it is looked for in; found is what each of them has.", of: .string())),
            .required("entries", OverlapShares.schema("Shares of the first's entries.")),
            .required("contribution", OverlapShares.schema("Shares of their expected contribution.")),
        ])
}

/// Parts of a map.
public struct OverlapShares: Codable, Sendable, Hashable {
    /// Both of whose features have partners.
    public var comparable: Double
    /// Whose pair of partners is found in the same head.
    public var same_head: Double
    /// Whose pair of partners is found in any head.
    public var some_head: Double

    /// All facts.
    public init(comparable: Double, same_head: Double, some_head: Double) {
        self.comparable = comparable
        self.same_head = same_head
        self.some_head = some_head
    }
}

extension OverlapShares {
    /// What it is on the wire.
    static func schema(_ description: String) -> Schema {
        .object(
            description,
            [
                .required("comparable", .share("Both of whose features have partners.")),
                .required("same_head", .share("Whose pair of partners is found in the same head.")),
                .required("some_head", .share("Whose pair of partners is found in any head.")),
            ])
    }
}
