/// How good one reconstruction of a layer's patterns is on one text.
public struct ReconstructionStage: Codable, Sendable, Hashable {
    /// What the patterns are reconstructed from.
    public enum Name: String, Codable, Sendable, CaseIterable {
        /// Queries and keys as the dictionaries reconstruct them.
        case transcoders
        /// Sums of feature pairs, every mask entry open.
        case map
        /// Sums of the feature pairs that the mask has left.
        case masked_map
    }
    /// What the patterns are reconstructed from.
    public var stage: Name
    /// The mean loss per token with the reconstructed patterns, in nats; absent for a text of one token.
    public var CE: Float?
    /// The share of the loss that zeroed patterns cost and these win back: (CE_zero − CE) / (CE_zero − model's CE).
    public var CE_recovered: Float?
    /// CE_zero − model's CE, in nats.
    public var CE_recovered_denominator: Float?
    /// Whether that denominator is large enough to divide by.
    public var CE_recovered_is_defined: Bool
    /// The mean divergence KL(model ‖ reconstruction) of the next-token distributions, in nats.
    public var KL_logits: Float
    /// The heads' patterns.
    public var heads: [Head]

    /// All facts.
    public init(
        stage: Name, CE: Float? = nil, CE_recovered: Float? = nil, CE_recovered_denominator: Float? = nil,
        CE_recovered_is_defined: Bool, KL_logits: Float, heads: [Head]
    ) {
        self.stage = stage
        self.CE = CE
        self.CE_recovered = CE_recovered
        self.CE_recovered_denominator = CE_recovered_denominator
        self.CE_recovered_is_defined = CE_recovered_is_defined
        self.KL_logits = KL_logits
        self.heads = heads
    }

    /// How well one head’s pattern is reproduced.
    public struct Head: Codable, Sendable, Hashable {
        /// The head within its layer, counted from 0.
        public var head: Int
        /// The mean divergence KL(pattern ‖ reconstruction) per destination, in nats.
        public var KL: Float
        /// The largest difference of two entries of the patterns.
        public var max_difference: Float
        /// The share of destinations whose strongest source is the same.
        public var same_argmax: Float
        /// The share of the scores’ variance along the sources that is not reproduced; absent where there is none.
        public var unexplained: Float?

        /// All facts.
        public init(head: Int, KL: Float, max_difference: Float, same_argmax: Float, unexplained: Float? = nil) {
            self.head = head
            self.KL = KL
            self.max_difference = max_difference
            self.same_argmax = same_argmax
            self.unexplained = unexplained
        }
    }
}

extension ReconstructionStage {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How good one reconstruction of a layer’s patterns is on one text.",
        [
            .required("stage", .string("What the patterns are reconstructed from.", oneOf: Name.allCases.map(\.rawValue))),
            .optional(
                "CE", .number("The mean loss per token with the reconstructed patterns, in nats; absent for a text of one token.")
            ),
            .optional(
                "CE_recovered",
                .number(
                    "The share of the loss that zeroed patterns cost and these win back: (CE_zero − CE) / (CE_zero − model’s CE)."
                )),
            .optional("CE_recovered_denominator", .number("CE_zero − model’s CE, in nats.")),
            .required("CE_recovered_is_defined", .boolean("Whether that denominator is large enough to divide by.")),
            .required(
                "KL_logits", .number("The mean divergence KL(model ‖ reconstruction) of the next-token distributions, in nats.")),
            .required("heads", .array("The heads’ patterns.", of: Head.schema)),
        ])
}

extension ReconstructionStage.Head {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How well one head’s pattern is reproduced.",
        [
            .required("head", Schema.head),
            .required("KL", .number("The mean divergence KL(pattern ‖ reconstruction) per destination, in nats.")),
            .required("max_difference", .number("The largest difference of two entries of the patterns.")),
            .required("same_argmax", .share("The share of destinations whose strongest source is the same.")),
            .optional(
                "unexplained",
                .number("The share of the scores’ variance along the sources that is not reproduced; absent where there is none.")
            ),
        ])
}
