/// Everything that is known of a head, side by side.
public struct HeadFacts: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// The greatest singular value of W_Q·W_Kᵀ, folded and centred.
    public var greatest_singular_value: Float
    /// The norm of W_Q·W_Kᵀ.
    public var frobenius: Float
    /// How many singular values hold 90 % of its square.
    public var rank90: Int
    /// How many equal singular values would spread as these do.
    public var participation_ratio: Float
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
    /// The teacher-forced retrieval score; absent without a text to hide needles in.
    public var retrieval: Float?
    /// Whose output its queries read most; absent in the first layer.
    public var q_input: HeadPartner?
    /// Whose output its keys read most.
    public var k_input: HeadPartner?
    /// Whose output its values read most.
    public var v_input: HeadPartner?

    /// All facts.
    public init(
        layer: Int, head: Int, greatest_singular_value: Float, frobenius: Float, rank90: Int, participation_ratio: Float,
        self_attention: Float, previous_token: Float, entropy: Float, distance_mean: Float, distance_variance: Float,
        induction:
            Float? = nil, duplicate_token: Float? = nil, sink: Float, sink_rate: Float, retrieval: Float? = nil,
        q_input:
            HeadPartner? = nil, k_input: HeadPartner? = nil, v_input: HeadPartner? = nil
    ) {
        self.layer = layer
        self.head = head
        self.greatest_singular_value = greatest_singular_value
        self.frobenius = frobenius
        self.rank90 = rank90
        self.participation_ratio = participation_ratio
        self.self_attention = self_attention
        self.previous_token = previous_token
        self.entropy = entropy
        self.distance_mean = distance_mean
        self.distance_variance = distance_variance
        self.induction = induction
        self.duplicate_token = duplicate_token
        self.sink = sink
        self.sink_rate = sink_rate
        self.retrieval = retrieval
        self.q_input = q_input
        self.k_input = k_input
        self.v_input = v_input
    }
}

extension HeadFacts {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "Everything that is known of a head, side by side.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required("greatest_singular_value", .number("The greatest singular value of W_Q·W_Kᵀ, folded and centred.")),
            .required("frobenius", .number("The norm of W_Q·W_Kᵀ.")),
            .required("rank90", .count("How many singular values hold 90 % of its square.")),
            .required("participation_ratio", .number("How many equal singular values would spread as these do.")),
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
            .optional("retrieval", .number("The teacher-forced retrieval score; absent without a text to hide needles in.")),
            .optional("q_input", HeadPartner.schema),
            .optional("k_input", HeadPartner.schema),
            .optional("v_input", HeadPartner.schema),
        ])
}
