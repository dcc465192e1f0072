/// How many terms make a head's looks.
public struct HeadSetSizes: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// Whose terms; absent where both ends are selected alike.
    public var side: SignalSide?
    /// How many looks were counted.
    public var looks: Int
    /// The mean number of kept terms; absent without looks.
    public var mean: Float?
    /// The least number that half of the looks do not exceed.
    public var median: Int?
    /// The same for a tenth of them.
    public var q10: Int?
    /// The same for nine tenths.
    public var q90: Int?
    /// How many looks keep 0, 1, 2, … terms, up to all.
    public var histogram: [Int]

    /// All facts.
    public init(
        layer: Int, head: Int, side: SignalSide? = nil, looks: Int, mean: Float? = nil, median: Int? = nil, q10: Int? = nil,
        q90: Int? = nil, histogram: [Int]
    ) {
        (self.layer, self.head, self.side, self.looks, self.mean) = (layer, head, side, looks, mean)
        (self.median, self.q10, self.q90, self.histogram) = (median, q10, q90, histogram)
    }
}

extension HeadSetSizes {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How many terms make a head's looks.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .optional("side", .signalSide("Whose terms; absent where both ends are selected alike.")),
            .required("looks", .count("How many looks were counted.")),
            .optional("mean", .number("The mean number of kept terms; absent without looks.", from: 0)),
            .optional("median", .count("The least number that half of the looks do not exceed.")),
            .optional("q10", .count("The same for a tenth of them.")),
            .optional("q90", .count("The same for nine tenths.")),
            .required("histogram", .array("How many looks keep 0, 1, 2, … terms, up to all.", of: .integer(in: 0...Int.max))),
        ])
}
