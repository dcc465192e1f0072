import Glibc
import Kernels

/// The thresholds of one side while they are trained: their logarithms, so that they stay positive, and Adam's moments.
///
/// *Source:* Rajamanoharan et al. 2024, appendix J.
struct TrainedThresholds: Sendable {
    private var logarithms: [Float]
    private var first: [Float]
    private var second: [Float]
    private let start: Float

    /// All at the same threshold.
    init(d_sae: Int, start: Float) {
        precondition(start > 0, "a threshold of \(start)")
        self.start = log(start)
        logarithms = Array(repeating: self.start, count: d_sae)
        first = Array(repeating: 0, count: d_sae)
        second = first
    }

    /// [F].
    var gate: FeatureGate { .threshold(logarithms.map { exp($0) }) }

    /// One step of Adam.
    ///
    /// - Parameter gradient: [F] at the logarithms.
    mutating func apply(_ gradient: [Float], _ adam: Adam, learningRate: Float, step: Int) {
        Self.apply(gradient, adam, learningRate, step, &logarithms, &first, &second)
    }

    private static func apply(
        _ gradient: [Float], _ adam: Adam, _ learningRate: Float, _ step: Int, _ values: inout [Float], _ first: inout [Float],
        _ second: inout [Float]
    ) {
        var values = values.mutableSpan, first = first.mutableSpan, second = second.mutableSpan
        adam.step(
            &values, gradient: gradient.span, first: &first, second: &second, learningRate: learningRate, step: step)
    }

    /// Puts a feature back to the start.
    mutating func restart(_ feature: Int) {
        logarithms[feature] = start
        first[feature] = 0
        second[feature] = 0
    }

    /// The buffers by the ends of their names.
    var buffers: [(name: String, values: [Float])] {
        [("log_threshold", logarithms), ("log_threshold.first", first), ("log_threshold.second", second)]
    }

    /// Takes up saved buffers.
    mutating func restore(_ buffer: (_ name: String, _ count: Int) throws -> [Float]) throws {
        let count = logarithms.count
        let saved = try buffers.map { try buffer($0.name, count) }
        (logarithms, first, second) = (saved[0], saved[1], saved[2])
    }
}
