/// One head of a model.
public struct HeadPlace: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The layer, counted from 0.
    public let layer: Int
    /// The head within its layer, counted from 0.
    public let head: Int

    /// A head.
    public init(layer: Int, head: Int) { (self.layer, self.head) = (layer, head) }

    /// As the literature writes it: `9.6`.
    public var description: String { "\(layer).\(head)" }

    /// In the order of the layers, then of the heads.
    public static func < (left: Self, right: Self) -> Bool { (left.layer, left.head) < (right.layer, right.head) }
}
