/// A head of a model.
public struct HeadName: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int

    /// A head.
    public init(layer: Int, head: Int) {
        self.layer = layer
        self.head = head
    }
}

/// What a change of a signal does, mean over prompts.
public struct SignalEffect: Codable, Sendable, Hashable {
    /// What the head gives the source.
    public var attention: Float
    /// What it gives it after the change.
    public var attention_changed: Float
    /// What the change adds to the scaled score.
    public var attn_score_change: Float
    /// What the change takes from the logit difference; absent without answers.
    public var drop: Float?
    /// Its standard deviation over prompts, or over draws.
    public var drop_sd: Float?

    /// All facts.
    public init(
        attention: Float, attention_changed: Float, attn_score_change: Float, drop: Float? = nil, drop_sd: Float? = nil
    ) {
        self.attention = attention
        self.attention_changed = attention_changed
        self.attn_score_change = attn_score_change
        self.drop = drop
        self.drop_sd = drop_sd
    }
}

/// What a change of a signal does in one prompt.
public struct SignalPromptEffect: Codable, Sendable, Hashable {
    /// The prompt.
    public var text: String
    /// The token that looks.
    public var destination: Int
    /// The token that is looked at.
    public var source: Int
    /// Whether the head looks there at all.
    public var fires: Bool
    /// Its attention.
    public var attention: Float
    /// Its attention after the change; absent where nothing was changed.
    public var attention_changed: Float?
    /// The model's own logit difference; absent without an answer.
    public var logit_difference: Float?
    /// The changed model's.
    public var logit_difference_changed: Float?

    /// All facts.
    public init(
        text: String, destination: Int, source: Int, fires: Bool, attention: Float, attention_changed: Float? = nil,
        logit_difference: Float? = nil, logit_difference_changed: Float? = nil
    ) {
        self.text = text
        self.destination = destination
        self.source = source
        self.fires = fires
        self.attention = attention
        self.attention_changed = attention_changed
        self.logit_difference = logit_difference
        self.logit_difference_changed = logit_difference_changed
    }
}

extension HeadName {
    /// What it is on the wire.
    public static let schema = Schema.object("A head.", [.required("layer", Schema.layer), .required("head", Schema.head)])
}

extension SignalEffect {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a change does, mean over prompts.",
        [
            .required("attention", .number("What the head gives the source.", from: 0)),
            .required("attention_changed", .number("What it gives it after the change.", from: 0)),
            .required("attn_score_change", .number("What the change adds to the scaled score.")),
            .optional("drop", .number("What the change takes from the logit difference; absent without answers.")),
            .optional("drop_sd", .number("Its standard deviation over prompts, or over draws.", from: 0)),
        ])
}

extension SignalPromptEffect {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What a change does in one prompt.",
        [
            .required("text", .string("The prompt; empty if it was given as tokens.")),
            .required("destination", .position("The token that looks.")),
            .required("source", .position("The token that is looked at.")),
            .required("fires", .boolean("Whether the head looks there at all.")),
            .required("attention", .number("Its attention.", from: 0)),
            .optional("attention_changed", .number("Its attention after the change; absent where nothing was changed.", from: 0)),
            .optional("logit_difference", .number("The model's own logit difference; absent without an answer.")),
            .optional("logit_difference_changed", .number("The changed model's.")),
        ])
}
