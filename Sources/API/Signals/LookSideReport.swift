/// One end of a look: which of its terms are kept, and what they say.
public struct LookSideReport: Codable, Sendable, Hashable {
    /// The end; absent where both are selected alike.
    public var side: SignalSide?
    /// Which map's terms.
    public var form: SignalForm
    /// How many terms are kept.
    public var kept: Int
    /// Σ c_k over all terms, not scaled.
    public var total: Float
    /// Σ c_k over the kept terms, not scaled.
    public var kept_sum: Float
    /// What the form leaves of the score to the biases, not scaled.
    public var bias_part: Float
    /// attn_scale·(total + bias_part) less the model's own score.
    public var residual: Float
    /// The terms: the kept ones in the order in which they were taken, then the others if they were asked for.
    public var terms: [LookTerm]

    /// All facts.
    public init(
        side: SignalSide? = nil, form: SignalForm, kept: Int, total: Float, kept_sum: Float, bias_part: Float, residual: Float,
        terms: [LookTerm]
    ) {
        (self.side, self.form, self.kept, self.total, self.kept_sum) = (side, form, kept, total, kept_sum)
        (self.bias_part, self.residual, self.terms) = (bias_part, residual, terms)
    }
}

/// One term of a look.
public struct LookTerm: Codable, Sendable, Hashable {
    /// Its number, by the size of its singular value.
    public var k: Int
    /// The singular value.
    public var s: Float
    /// x̃·u_k of the destination.
    public var destination_projection: Float
    /// x̃·v_k of the source.
    public var source_projection: Float
    /// c_k, the product of the three.
    public var contribution: Float
    /// By what the terms are ranked: c_k; c_k less its mean over the other sources; or its integrated gradients.
    public var ranking: Float
    /// Whether it is kept.
    public var kept: Bool
    /// Of softmax_greedy: how far the attention fell when the term was taken away.
    public var attention_drop: Float?

    /// All facts.
    public init(
        k: Int, s: Float, destination_projection: Float, source_projection: Float, contribution: Float, ranking: Float,
        kept: Bool,
        attention_drop: Float? = nil
    ) {
        (self.k, self.s, self.destination_projection, self.source_projection) = (k, s, destination_projection, source_projection)
        (self.contribution, self.ranking, self.kept, self.attention_drop) = (contribution, ranking, kept, attention_drop)
    }
}

extension LookTerm {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One term of a look.",
        [
            .required("k", .count("Its number, by the size of its singular value.")),
            .required("s", .number("The singular value.", from: 0)),
            .required("destination_projection", .number("x̃·u_k of the destination.")),
            .required("source_projection", .number("x̃·v_k of the source.")),
            .required("contribution", .number("c_k, the product of the three.")),
            .required(
                "ranking",
                .number(
                    "By what the terms are ranked: c_k; c_k less its mean over the other sources; or its integrated gradients.")),
            .required("kept", .boolean("Whether it is kept.")),
            .optional(
                "attention_drop", .number("Of softmax_greedy: how far the attention fell when the term was taken away.")),
        ])
}

extension LookSideReport {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One end of a look: which of its terms are kept, and what they say.",
        [
            .optional("side", .signalSide("The end; absent where both are selected alike.")),
            .required("form", .signalForm("Which map's terms.")),
            .required("kept", .count("How many terms are kept.")),
            .required("total", .number("Σ c_k over all terms, not scaled.")),
            .required("kept_sum", .number("Σ c_k over the kept terms, not scaled.")),
            .required("bias_part", .number("What the form leaves of the score to the biases, not scaled.")),
            .required("residual", .number("attn_scale·(total + bias_part) less the model's own score.")),
            .required(
                "terms",
                .array(
                    "The terms: the kept ones in the order in which they were taken, then the others if they were asked for.",
                    of: LookTerm.schema)),
        ])
}
