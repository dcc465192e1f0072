/// What one feature adds to one score, over all features of the other side.
public struct FeatureMarginal: Codable, Sendable, Hashable {
    /// The feature.
    public var feature: Int
    /// Its activation.
    public var activation: Float
    /// The sum of its pairs' contributions.
    public var contribution: Float

    /// All facts.
    public init(feature: Int, activation: Float, contribution: Float) {
        self.feature = feature
        self.activation = activation
        self.contribution = contribution
    }
}

extension FeatureMarginal {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "What one feature adds to one score, over all features of the other side.",
        [
            .required("feature", .integer("The feature.", in: 0...Int.max)),
            .required("activation", .number("Its activation.")),
            .required("contribution", .number("The sum of its pairs' contributions.")),
        ])
}
