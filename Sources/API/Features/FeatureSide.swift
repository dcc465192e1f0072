/// Which of a dictionary's two transcoders a feature belongs to.
public enum FeatureSide: String, Codable, Sendable, CaseIterable {
    /// The one that writes queries.
    case query
    /// The one that writes keys.
    case key
}

extension FeatureSide {
    /// What it is on the wire.
    static let schema = Schema.string("The side of the features.", oneOf: allCases.map(\.rawValue))
}
