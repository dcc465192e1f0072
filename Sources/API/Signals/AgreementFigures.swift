/// How far what a head's looks read and what a dictionary's features say lie in the same directions, at one end.
public struct AgreementFigures: Codable, Sendable, Hashable {
    /// The mean number of kept terms.
    public var terms: Float
    /// The mean number of active features of surviving pairs.
    public var features: Float
    /// The share of the signal that lies in the span of the features.
    public var signal_in_features: Float
    /// What that share is for a random signal.
    public var signal_in_features_random: Float
    /// The share of the features that lies in the span of the signal.
    public var features_in_signal: Float
    /// What that share is for random features.
    public var features_in_signal_random: Float

    /// All facts.
    public init(
        terms: Float, features: Float, signal_in_features: Float, signal_in_features_random: Float, features_in_signal: Float,
        features_in_signal_random: Float
    ) {
        (self.terms, self.features) = (terms, features)
        (self.signal_in_features, self.signal_in_features_random) = (signal_in_features, signal_in_features_random)
        (self.features_in_signal, self.features_in_signal_random) = (features_in_signal, features_in_signal_random)
    }
}

/// One head's agreement over its looks.
public struct HeadAgreement: Codable, Sendable, Hashable {
    /// The head within its layer, counted from 0.
    public var head: Int
    /// The position that is looked at, of a single look.
    public var source_position: Int?
    /// How many looks were compared: those with kept terms at both ends.
    public var looks: Int
    /// How many of them have no surviving pair of features at all; they count with 0.
    public var looks_without_features: Int
    /// Where the head looks from; absent without looks.
    public var destination: AgreementFigures?
    /// What it looks at; absent without looks.
    public var source: AgreementFigures?

    /// All facts.
    public init(
        head: Int, source_position: Int? = nil, looks: Int, looks_without_features: Int, destination: AgreementFigures? = nil,
        source: AgreementFigures? = nil
    ) {
        self.source_position = source_position
        (self.head, self.looks, self.looks_without_features) = (head, looks, looks_without_features)
        (self.destination, self.source) = (destination, source)
    }
}

extension AgreementFigures {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How far what a head's looks read and what a dictionary's features say lie in the same directions, at one end: means over looks.",
        [
            .required("terms", .number("The mean number of kept terms.", from: 0)),
            .required("features", .number("The mean number of active features of surviving pairs.", from: 0)),
            .required("signal_in_features", .share("The share of the signal that lies in the span of the features.")),
            .required("signal_in_features_random", .share("What that share is for a random signal.")),
            .required("features_in_signal", .share("The share of the features that lies in the span of the signal.")),
            .required("features_in_signal_random", .share("What that share is for random features.")),
        ])
}

extension HeadAgreement {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One head's agreement over its looks.",
        [
            .required("head", Schema.head),
            .optional("source_position", .position("The position that is looked at, of a single look.")),
            .required("looks", .count("How many looks were compared: those with kept terms at both ends.")),
            .required(
                "looks_without_features", .count("How many of them have no surviving pair of features at all; they count with 0.")
            ),
            .optional("destination", AgreementFigures.schema),
            .optional("source", AgreementFigures.schema),
        ])
}
