import JSON

/// A look of a head: where a trace begins, or whose signal is changed.
public struct TraceRoot: Codable, Sendable, Hashable {
    /// The layer, counted from 0.
    public var layer: Int
    /// The head within its layer, counted from 0.
    public var head: Int
    /// The token that looks.
    public var destination: TracePosition
    /// The token that is looked at; the one that the head attends to most if absent.
    public var source: TracePosition?

    /// All facts.
    public init(layer: Int, head: Int, destination: TracePosition = .index(-1), source: TracePosition? = nil) {
        self.layer = layer
        self.head = head
        self.destination = destination
        self.source = source
    }
}

extension TraceRoot {
    /// What it is on the wire.
    public static let schema = Schema.object(
        "A look of a head.",
        [
            .required("layer", Schema.layer),
            .required("head", Schema.head),
            .optional("destination", TracePosition.schema("The token that looks."), default: -1),
            .optional(
                "source",
                TracePosition.schema("The token that is looked at; the one that the head attends to most if absent.")),
        ])
}
