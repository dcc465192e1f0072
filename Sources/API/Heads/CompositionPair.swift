/// How strongly a head reads what an earlier one writes.
public struct CompositionPair: Codable, Sendable, Hashable {
    /// The layer of the head that writes.
    public var from_layer: Int
    /// The head that writes.
    public var from_head: Int
    /// The layer of the head that reads.
    public var to_layer: Int
    /// The head that reads.
    public var to_head: Int
    /// ‖OV_A M_B‖ / (‖OV_A‖ ‖M_B‖).
    public var score: Float

    /// All facts.
    public init(from_layer: Int, from_head: Int, to_layer: Int, to_head: Int, score: Float) {
        self.from_layer = from_layer
        self.from_head = from_head
        self.to_layer = to_layer
        self.to_head = to_head
        self.score = score
    }
}

extension CompositionPair {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "How strongly a head reads what an earlier one writes.",
        [
            .required("from_layer", Schema.layer),
            .required("from_head", Schema.head),
            .required("to_layer", Schema.layer),
            .required("to_head", Schema.head),
            .required("score", .number("‖OV_A M_B‖ / (‖OV_A‖ ‖M_B‖).")),
        ])
}
