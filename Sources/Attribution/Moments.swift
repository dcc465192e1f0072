/// The mean of some numbers, and how far they scatter.
public struct Moments: Sendable, Equatable {
    /// The mean; 0 of none.
    public let mean: Double
    /// The standard deviation of a sample (n − 1); 0 of fewer than two.
    public let sd: Double

    /// The moments of numbers.
    public init(_ values: [Double]) {
        let mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        sd = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
    }
}
