/// What one head does for the answers, and through which pairs.
public struct HeadRanking: Codable, Sendable, Hashable {
    /// The head within its layer, counted from 0.
    public var head: Int
    /// What it attends to the sources asked about, or to the strongest of all, mean over prompts.
    public var attention: Float
    /// What removing the head's pattern takes from the logit difference.
    public var drop_head: Float
    /// What removing the sum over all pairs, in the map or not, takes.
    public var drop_all_pairs: Float
    /// What removing every pair that the map keeps takes.
    public var drop_surviving_pairs: Float
    /// How many those are.
    public var surviving_pairs: Int
    /// How many of them act on these prompts.
    public var acting_pairs: Int
    /// The strongest.
    public var pairs: [RankedPair]
    /// What as many random pairs do; absent where the map has too few others.
    public var control: ControlFigures?

    /// All facts.
    public init(
        head: Int, attention: Float, drop_head: Float, drop_all_pairs: Float, drop_surviving_pairs: Float, surviving_pairs: Int,
        acting_pairs: Int, pairs: [RankedPair], control: ControlFigures? = nil
    ) {
        self.head = head
        self.attention = attention
        self.drop_head = drop_head
        self.drop_all_pairs = drop_all_pairs
        self.drop_surviving_pairs = drop_surviving_pairs
        self.surviving_pairs = surviving_pairs
        self.acting_pairs = acting_pairs
        self.pairs = pairs
        self.control = control
    }
}

extension HeadRanking {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What one head does for the answers, and through which pairs.",
        [
            .required("head", Schema.head),
            .required(
                "attention", .number("What it attends to the sources asked about, or to the strongest of all, mean over prompts.")
            ),
            .required("drop_head", .number("What removing the head's pattern takes from the logit difference.")),
            .required("drop_all_pairs", .number("What removing the sum over all pairs, in the map or not, takes.")),
            .required("drop_surviving_pairs", .number("What removing every pair that the map keeps takes.")),
            .required("surviving_pairs", .count("How many those are.")),
            .required("acting_pairs", .count("How many of them act on these prompts.")),
            .required("pairs", .array("The strongest.", of: RankedPair.schema)),
            .optional("control", ControlFigures.schema),
        ])
}
