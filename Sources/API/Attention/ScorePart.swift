/// One of the nine parts that sum to a score: features, bias or error of the query side with those of the key side.
public struct ScorePart: Codable, Sendable, Hashable {
    /// Which part: the query side's kind, then the key side's.
    public enum Name: String, Codable, Sendable, CaseIterable {
        case feature_feature, feature_bias, feature_error
        case bias_feature, bias_bias, bias_error
        case error_feature, error_bias, error_error
    }

    /// Which part, the query side first.
    public var part: Name
    /// What it adds to the score.
    public var value: Float
    /// Whether it is the same for every source, so that the softmax removes it.
    public var is_softmax_irrelevant: Bool

    /// All facts.
    public init(part: Name, value: Float, is_softmax_irrelevant: Bool) {
        self.part = part
        self.value = value
        self.is_softmax_irrelevant = is_softmax_irrelevant
    }
}

extension ScorePart {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "One of the nine parts that sum to a score.",
        [
            .required("part", .string("Which part, the query side first.", oneOf: Name.allCases.map(\.rawValue))),
            .required("value", .number("What it adds to the score.")),
            .required(
                "is_softmax_irrelevant", .boolean("Whether it is the same for every source, so that the softmax removes it.")),
        ])
}
