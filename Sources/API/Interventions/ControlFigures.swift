/// What as many random pairs of equal strength do.
public struct ControlFigures: Codable, Sendable, Hashable {
    /// How many sets were drawn.
    public var draws: Int
    /// How many pairs each has.
    public var pairs: Int
    /// The chosen pairs' strengths, summed.
    public var strength_chosen: Float
    /// The drawn pairs' strengths, summed, mean over draws.
    public var strength: Float
    /// What they take from the logit difference, mean over draws; absent without answers.
    public var drop: Float?
    /// Its standard deviation over draws.
    public var drop_sd: Float?
    /// The most that one draw took.
    public var drop_max: Float?
    /// What they add to the loss, in nats, mean over draws; absent where it was not measured.
    public var CE_difference: Float?
    /// Its standard deviation over draws.
    public var CE_difference_sd: Float?
    /// KL(p_model || p_changed) in nats, mean over tokens and draws; absent where it was not measured.
    public var KL_logits: Float?

    /// All facts.
    public init(
        draws: Int, pairs: Int, strength_chosen: Float, strength: Float, drop: Float? = nil, drop_sd: Float? = nil,
        drop_max: Float? = nil, CE_difference: Float? = nil, CE_difference_sd: Float? = nil, KL_logits: Float? = nil
    ) {
        self.draws = draws
        self.pairs = pairs
        self.strength_chosen = strength_chosen
        self.strength = strength
        self.drop = drop
        self.drop_sd = drop_sd
        self.drop_max = drop_max
        self.CE_difference = CE_difference
        self.CE_difference_sd = CE_difference_sd
        self.KL_logits = KL_logits
    }
}

extension ControlFigures {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What as many random pairs of equal strength do.",
        [
            .required("draws", .count("How many sets were drawn.")),
            .required("pairs", .count("How many pairs each has.")),
            .required("strength_chosen", .number("The chosen pairs' strengths, summed.")),
            .required("strength", .number("The drawn pairs' strengths, summed, mean over draws.")),
            .optional("drop", .number("What they take from the logit difference, mean over draws; absent without answers.")),
            .optional("drop_sd", .number("Its standard deviation over draws.", from: 0)),
            .optional("drop_max", .number("The most that one draw took.")),
            .optional(
                "CE_difference", .number("What they add to the loss, in nats, mean over draws; absent where it was not measured.")
            ),
            .optional("CE_difference_sd", .number("Its standard deviation over draws.", from: 0)),
            .optional(
                "KL_logits",
                .number("KL(p_model || p_changed) in nats, mean over tokens and draws; absent where it was not measured.")),
        ])
}
