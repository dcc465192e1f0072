/// The earlier head whose output a head reads most.
public struct HeadPartner: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// Their composition score.
    public var score: Float

    /// All facts.
    public init(layer: Int, head: Int, score: Float) {
        self.layer = layer
        self.head = head
        self.score = score
    }
}

extension HeadPartner {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "The earlier head whose output a head reads most.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .required("score", .number("Their composition score.")),
        ])
}
