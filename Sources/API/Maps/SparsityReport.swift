/// How few entries a map has, by every denominator.
public struct SparsityReport: Codable, Sendable, Hashable {
    /// Entries (query feature, key feature, head).
    public var entries: EntryShares
    /// Pairs (query feature, key feature), whatever the heads.
    public var pairs: EntryShares
    /// Entries (key feature, head) of the bias term, which no mask thins out, counted beside.
    public var beta_entries: Int
    /// Query features without any entry.
    public var query_features_without_entries: Int
    /// Key features without any entry.
    public var key_features_without_entries: Int
    /// How many pairs survive in exactly one head, in two, and so on to all.
    public var pairs_by_heads: [Int]

    /// All facts.
    public init(
        entries: EntryShares, pairs: EntryShares, beta_entries: Int, query_features_without_entries: Int,
        key_features_without_entries: Int, pairs_by_heads: [Int]
    ) {
        self.entries = entries
        self.pairs = pairs
        self.beta_entries = beta_entries
        self.query_features_without_entries = query_features_without_entries
        self.key_features_without_entries = key_features_without_entries
        self.pairs_by_heads = pairs_by_heads
    }
}

extension SparsityReport {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How few entries a map has, by every denominator.",
        [
            .required("entries", EntryShares.schema),
            .required("pairs", EntryShares.schema),
            .required(
                "beta_entries",
                .count("Entries (key feature, head) of the bias term, which no mask thins out, counted beside.")),
            .required("query_features_without_entries", .count("Query features without any entry.")),
            .required("key_features_without_entries", .count("Key features without any entry.")),
            .required(
                "pairs_by_heads",
                .array(
                    "How many pairs survive in exactly one head, in two, and so on to all.", of: .integer(in: 0...Int.max))),
        ])
}

/// A count and the wholes that it is a share of.
public struct EntryShares: Codable, Sendable, Hashable {
    /// How many survive.
    public var count: Int
    /// How many there are in all.
    public var all: Int
    /// How many between features that were live in training.
    public var live: Int
    /// How many were active together in training.
    public var co_active: Int
    /// The share of all.
    public var of_all: Double
    /// The share of live ones.
    public var of_live: Double
    /// The share of co-active ones.
    public var of_co_active: Double

    /// The shares of some wholes; that of nothing is 0.
    public init(count: Int, all: Int, live: Int, co_active: Int) {
        (self.count, self.all, self.live, self.co_active) = (count, all, live, co_active)
        let share = { (whole: Int) in whole > 0 ? min(1, Double(count) / Double(whole)) : 0 }
        (of_all, of_live, of_co_active) = (share(all), share(live), share(co_active))
    }
}

extension EntryShares {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A count and the wholes that it is a share of.",
        [
            .required("count", .count("How many survive.")),
            .required("all", .count("How many there are in all.")),
            .required("live", .count("How many between features that were live in training.")),
            .required("co_active", .count("How many were active together in training.")),
            .required("of_all", .share("The share of all.")),
            .required("of_live", .share("The share of live ones.")),
            .required("of_co_active", .share("The share of co-active ones.")),
        ])
}
