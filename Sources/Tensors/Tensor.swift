/// A dense tensor of single-precision numbers in row-major order.
///
/// Storage is an array, so a tensor is a value: it is copied when written to while shared, and its borrowers are spans.
public struct Tensor: Sendable, Equatable {
    /// The extent of each axis, slowest first; empty for a scalar.
    public let shape: [Int]
    /// The elements in row-major order; as many as the product of ``shape``.
    public var values: [Float]

    /// A tensor over elements at hand.
    ///
    /// - Precondition: as many values as the shape's product.
    public init(_ shape: [Int], _ values: [Float]) {
        precondition(
            shape.reduce(1, *) == values.count, "shape \(shape) needs \(shape.reduce(1, *)) elements, not \(values.count)")
        self.shape = shape
        self.values = values
    }

    /// A tensor of zeros (or of another one value).
    public init(_ shape: [Int], repeating value: Float = 0) {
        self.shape = shape
        self.values = Array(repeating: value, count: shape.reduce(1, *))
    }

    /// The number of elements.
    public var count: Int { values.count }
}
