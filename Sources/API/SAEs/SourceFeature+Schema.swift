extension SourceFeature {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "An attention-output feature at a token: who writes it, where it comes from, and what it does to the logits.",
        [
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("activation", .number("Its activation at the destination; 0 where it is not active.", from: 0)),
            .required("pre_activation", .number("Its pre-activation.")),
            .required("head_shares", .array("Each head's share of its decoder row.", of: .share(""))),
            .required("sources", .array("The strongest sources.", of: Source.schema)),
            .required("sources_sum", .number("What all sources add.")),
            .required("constant", .number("What no source adds: b_enc less what b_dec reads as.")),
            .required("identity_residual", .number("The sum of both minus the pre-activation.")),
            .optional("hop", Hop.schema),
            .optional("raised", .array("The tokens whose logits rise most; absent unless asked for.", of: Logit.schema)),
            .optional("lowered", .array("The tokens whose logits fall most; absent unless asked for.", of: Logit.schema)),
        ])
}

extension SourceFeature.Source {
    static let schema = Schema.object(
        "What one source gives.",
        [
            .required("source", .position("The position.")),
            .required("source_piece", .string("The text of its token.")),
            .required("contribution", .number("What it adds to the pre-activation.")),
            .required("heads", .array("What each head carries of that.", of: .number())),
        ])
}

extension SourceFeature.Logit {
    static let schema = Schema.object(
        "What a token's logit changes by.",
        [
            .required("token", .integer("The token.", in: 0...Int.max)),
            .required("piece", .string("Its text.")),
            .required("value", .number("By how much, for a unit of the feature.")),
        ])
}

extension SourceFeature.Residual {
    static let schema = Schema.object(
        "What a feature of the residual stream gives.",
        [
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("activation", .number("Its activation at the source.")),
            .required(
                "contribution",
                .number(
                    "What it adds to the pre-activation: f d/σ through W_V of each head, weighted by the pattern, read by W_enc.")
            ),
            .required("published", .number("The published form, without the pattern and σ.")),
        ])
}

extension SourceFeature.Hop {
    static let schema = Schema.object(
        "One hop further: what the residual stream at the strongest source is made of; absent without an autoencoder of it.",
        [
            .required("source", .position("The source.")),
            .required("features", .array("The strongest features there.", of: SourceFeature.Residual.schema)),
            .required("features_sum", .number("What all features add.")),
            .required("b_dec", .number("What the residual autoencoder's b_dec adds.")),
            .required("error", .number("What it leaves adds.")),
            .required("b_V", .number("What the value bias adds.")),
            .required("identity_residual", .number("The sum of all parts minus the source's contribution.")),
        ])
}
