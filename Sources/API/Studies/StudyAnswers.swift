/// What a feature does at a place of a task's prompts.
public struct StudyAnswerFeature: Codable, Sendable, Hashable {
    /// What one of the prompt's places gives to it.
    public struct Source: Codable, Sendable, Hashable {
        /// The place; `first` for the text's first token, `other` for all that have no name.
        public var place: String
        /// What it gives to the pre-activation, mean over the prompts in which the feature is active.
        public var contribution: Float
        /// In how many of them no place gives more.
        public var strongest: Int

        /// All facts.
        public init(place: String, contribution: Float, strongest: Int) {
            self.place = place
            self.contribution = contribution
            self.strongest = strongest
        }
    }

    /// The autoencoder.
    public var sae: String
    /// Its layer.
    public var layer: Int
    /// The place.
    public var place: String
    /// The feature.
    public var feature: Int
    /// In how many prompts it is active there.
    public var prompts: Int
    /// Its activation there, mean over these.
    public var activation: Float
    /// The head that writes most of it.
    public var head: Int
    /// That head's share.
    public var head_share: Float
    /// The place that gives most to it.
    public var points_to: String
    /// What each place gives to it, the most first.
    public var sources: [Source]
    /// What its removal takes from the logit difference, mean over all prompts.
    public var drop: Float
    /// Its standard deviation over prompts.
    public var drop_sd: Float
    /// In how many of the prompts with the word changed it is active there; absent if no word is.
    public var changed_prompts: Int?
    /// Its activation there, mean over these.
    public var changed_activation: Float?

    /// All facts.
    public init(
        sae: String, layer: Int, place: String, feature: Int, prompts: Int, activation: Float, head: Int, head_share: Float,
        points_to: String, sources: [Source], drop: Float, drop_sd: Float, changed_prompts: Int? = nil,
        changed_activation: Float? = nil
    ) {
        self.sae = sae
        self.layer = layer
        self.place = place
        self.feature = feature
        self.prompts = prompts
        self.activation = activation
        self.head = head
        self.head_share = head_share
        self.points_to = points_to
        self.sources = sources
        self.drop = drop
        self.drop_sd = drop_sd
        self.changed_prompts = changed_prompts
        self.changed_activation = changed_activation
    }
}

/// What an autoencoder leaves over does at a place of a task's prompts.
public struct StudyError: Codable, Sendable, Hashable {
    /// The autoencoder.
    public var sae: String
    /// Its layer.
    public var layer: Int
    /// The place.
    public var place: String
    /// What the removal of the error takes from the logit difference, mean over prompts.
    public var drop: Float
    /// Its standard deviation over prompts.
    public var drop_sd: Float

    /// All facts.
    public init(sae: String, layer: Int, place: String, drop: Float, drop_sd: Float) {
        self.sae = sae
        self.layer = layer
        self.place = place
        self.drop = drop
        self.drop_sd = drop_sd
    }
}

/// What a head gives to the token after a copied prefix.
public struct StudyPrefixHead: Codable, Sendable, Hashable {
    /// The layer.
    public var layer: Int
    /// The head.
    public var head: Int
    /// Its mean attention, for prefixes of 1, 2, 3 … tokens.
    public var scores: [Float]
    /// The shortest prefix that gives half of the best score; absent where the best is below 0.1.
    public var needs: Int?

    /// All facts.
    public init(layer: Int, head: Int, scores: [Float], needs: Int? = nil) {
        self.layer = layer
        self.head = head
        self.scores = scores
        self.needs = needs
    }
}

extension StudyAnswerFeature {
    /// What it is on the wire.
    static let schema = Schema.object(
        "What a feature does at a place of a task's prompts.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("layer", Schema.layer),
            .required("place", .string("The place.")),
            .required("feature", .count("The feature.")),
            .required("prompts", .count("In how many prompts it is active there.")),
            .required("activation", .number("Its activation there, mean over these.", from: 0)),
            .required("head", Schema.head),
            .required("head_share", .share("That head's share.")),
            .required("points_to", .string("The place that gives most to it.")),
            .required(
                "sources",
                .array(
                    "What each place gives to it, the most first.",
                    of: .object(
                        "What one of the prompt's places gives to it.",
                        [
                            .required(
                                "place",
                                .string("The place; first for the text's first token, other for all that have no name.")),
                            .required(
                                "contribution",
                                .number(
                                    "What it gives to the pre-activation, mean over the prompts in which the feature is active.")
                            ),
                            .required("strongest", .count("In how many of them no place gives more.")),
                        ]))),
            .required("drop", .number("What its removal takes from the logit difference, mean over all prompts.")),
            .required("drop_sd", .number("Its standard deviation over prompts.", from: 0)),
            .optional(
                "changed_prompts",
                .count("In how many of the prompts with the word changed it is active there; absent if no word is.")),
            .optional("changed_activation", .number("Its activation there, mean over these.", from: 0)),
        ])
}

extension StudyError {
    /// What it is on the wire.
    static let schema = Schema.object(
        "What an autoencoder leaves over does at a place of a task's prompts.",
        [
            .required("sae", .name("The autoencoder.")),
            .required("layer", Schema.layer),
            .required("place", .string("The place.")),
            .required("drop", .number("What the removal of the error takes from the logit difference, mean over prompts.")),
            .required("drop_sd", .number("Its standard deviation over prompts.", from: 0)),
        ])
}

extension StudyPrefixHead {
    /// What it is on the wire.
    static let schema = Schema.object(
        "What a head gives to the token after a copied prefix.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required("scores", .array("Its mean attention, for prefixes of 1, 2, 3 … tokens.", of: .share(""))),
            .optional(
                "needs",
                .integer(
                    "The shortest prefix that gives half of the best score; absent where the best is below 0.1.", in: 1...Int.max)
            ),
        ])
}
