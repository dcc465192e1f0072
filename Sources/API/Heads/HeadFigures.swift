/// What a head's pattern looks like on a text.
public struct HeadFigures: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// Mean attention to the own position.
    public var self_attention: Float
    /// Mean attention to the previous position.
    public var previous_token: Float
    /// Mean entropy of a row, in nats.
    public var entropy: Float
    /// Mean distance looked back, in tokens, weighted by attention.
    public var distance_mean: Float
    /// Its variance.
    public var distance_variance: Float
    /// Mean attention from a repeated token to what followed it before; 0 below 0.01, absent if nothing repeats.
    public var induction: Float?
    /// Mean attention from a repeated token to itself before; absent if nothing repeats.
    public var duplicate_token: Float?
    /// Mean attention to position 0 over a context's first 64 rows.
    public var sink: Float
    /// The share of contexts in which that exceeds the threshold.
    public var sink_rate: Float

    /// All facts.
    public init(
        layer: Int, head: Int, self_attention: Float, previous_token: Float, entropy: Float, distance_mean: Float,
        distance_variance: Float, induction: Float? = nil, duplicate_token: Float? = nil, sink: Float, sink_rate: Float
    ) {
        self.layer = layer
        self.head = head
        self.self_attention = self_attention
        self.previous_token = previous_token
        self.entropy = entropy
        self.distance_mean = distance_mean
        self.distance_variance = distance_variance
        self.induction = induction
        self.duplicate_token = duplicate_token
        self.sink = sink
        self.sink_rate = sink_rate
    }
}

extension HeadFigures {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a head's pattern looks like on a text.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required("self_attention", .share("Mean attention to the own position.")),
            .required("previous_token", .share("Mean attention to the previous position.")),
            .required("entropy", .number("Mean entropy of a row, in nats.")),
            .required("distance_mean", .number("Mean distance looked back, in tokens, weighted by attention.")),
            .required("distance_variance", .number("Its variance.")),
            .optional(
                "induction",
                .share(
                    "Mean attention from a repeated token to what followed it before; 0 below 0.01, absent if nothing repeats.")),
            .optional(
                "duplicate_token", .share("Mean attention from a repeated token to itself before; absent if nothing repeats.")),
            .required("sink", .share("Mean attention to position 0 over a context's first 64 rows.")),
            .required("sink_rate", .share("The share of contexts in which that exceeds the threshold.")),
        ])
}
