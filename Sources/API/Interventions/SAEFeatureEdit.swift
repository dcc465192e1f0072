/// One change of one feature of a sparse autoencoder.
public struct SAEFeatureEdit: Codable, Sendable, Hashable {
    /// The autoencoder.
    public var sae: String
    /// The feature.
    public var feature: Int
    /// What its activation is multiplied by, 0 to remove it; 0 if `value` is absent too.
    public var factor: Float?
    /// What its activation is set to, whether it was active or not; instead of a factor.
    public var value: Float?
    /// At which tokens; all if absent.
    public var positions: [TracePosition]?

    /// All facts.
    public init(sae: String, feature: Int, factor: Float? = nil, value: Float? = nil, positions: [TracePosition]? = nil) {
        self.sae = sae
        self.feature = feature
        self.factor = factor
        self.value = value
        self.positions = positions
    }
}

/// What an edit of a feature has met, over all prompts.
public struct EditedFeature: Codable, Sendable, Hashable {
    /// The autoencoder.
    public var sae: String
    /// Its layer.
    public var layer: Int
    /// The feature.
    public var feature: Int
    /// In how many prompts it changes something.
    public var prompts: Int
    /// At how many tokens the feature was active where the edit reaches.
    public var active: Int
    /// At how many tokens its activation was changed.
    public var changed: Int
    /// Its activation where it was active, mean over tokens; 0 if it nowhere was.
    public var activation: Float

    /// All facts.
    public init(sae: String, layer: Int, feature: Int, prompts: Int, active: Int, changed: Int, activation: Float) {
        self.sae = sae
        self.layer = layer
        self.feature = feature
        self.prompts = prompts
        self.active = active
        self.changed = changed
        self.activation = activation
    }
}

/// A token's logit before and after a change, mean over prompts.
public struct LogitChange: Codable, Sendable, Hashable {
    /// The token.
    public var token: Int
    /// Its text.
    public var piece: String
    /// The model's own.
    public var logit: Float
    /// The changed model's.
    public var logit_changed: Float

    /// All facts.
    public init(token: Int, piece: String, logit: Float, logit_changed: Float) {
        self.token = token
        self.piece = piece
        self.logit = logit
        self.logit_changed = logit_changed
    }
}

extension SAEFeatureEdit {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One change of one feature of a sparse autoencoder.",
        [
            .required("sae", .name("The autoencoder, as in s1.")),
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .optional(
                "factor",
                .number(
                    "What its activation is multiplied by, 0 to remove it; 0 if value is absent too.", from: -1000, to: 1000)),
            .optional(
                "value",
                .number(
                    "What its activation is set to, whether it was active or not; instead of a factor.", from: -1e6, to: 1e6)),
            .optional(
                "positions",
                .array("At which tokens; all if absent.", of: TracePosition.schema("A token."), count: 1...1024)),
        ])
}

extension EditedFeature {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What an edit of a feature has met, over all prompts.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("layer", Schema.layer),
            .required("feature", .count("The feature.")),
            .required("prompts", .count("In how many prompts it changes something.")),
            .required("active", .count("At how many tokens the feature was active where the edit reaches.")),
            .required("changed", .count("At how many tokens its activation was changed.")),
            .required(
                "activation", .number("Its activation where it was active, mean over tokens; 0 if it nowhere was.", from: 0)),
        ])
}

extension LogitChange {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A token's logit before and after a change, mean over prompts.",
        [
            .required("token", .count("The token.")),
            .required("piece", .string("Its text.")),
            .required("logit", .number("The model's own.")),
            .required("logit_changed", .number("The changed model's.")),
        ])
}
