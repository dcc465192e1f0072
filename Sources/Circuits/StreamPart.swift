/// One of the vectors that add up to the residual stream at a token.
public enum StreamPart: Hashable, Sendable {
    /// The token's embedding.
    case embedding
    /// The position's embedding.
    case position
    /// What a head moved there from one source: A(token, source)·v(source)·W_O.
    case look(layer: Int, head: Int, source: Int)
    /// All that a head wrote there.
    case head(layer: Int, head: Int)
    /// The attention's output bias b_O.
    case bias(layer: Int)
    /// The MLP's output.
    case mlp(layer: Int)
    /// What the reading head adds by its own bias, whatever the stream holds.
    case offset

    /// The block that wrote it; nil for what stands before all blocks.
    public var layer: Int? {
        switch self {
        case .look(let layer, _, _), .head(let layer, _), .bias(let layer), .mlp(let layer): layer
        case .embedding, .position, .offset: nil
        }
    }
}

/// A part with what it contributes to something that is read linearly.
public struct PartContribution: Hashable, Sendable {
    /// The part.
    public let part: StreamPart
    /// How much.
    public let value: Double

    /// A contribution.
    public init(_ part: StreamPart, _ value: Double) { (self.part, self.value) = (part, value) }
}
