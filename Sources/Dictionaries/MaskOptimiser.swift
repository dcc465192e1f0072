public import Kernels

/// Adam over a map's mask, which is held to [0, 1] after every step.
///
/// An entry that has reached 0 stays in the optimiser: its gradient may bring it back. Zeros are dropped when training is over
/// (``FeatureMap/pruned()``).
public struct MaskOptimiser: Sendable, Equatable {
    /// Adam's settings.
    public let adam: Adam
    /// Steps done so far.
    public private(set) var step = 0
    /// [pairs, H].
    private var first: [Float]
    /// [pairs, H].
    private var second: [Float]

    /// An optimiser that has done no step.
    public init(for map: FeatureMap, adam: Adam = Adam()) {
        self.adam = adam
        first = Array(repeating: 0, count: map.mask.count)
        second = first
    }

    /// One step of Adam, then the clamp.
    public mutating func apply(_ gradient: [Float], to mask: inout [Float], learningRate: Float) {
        step += 1
        Self.apply(adam, gradient, to: &mask, &first, &second, learningRate: learningRate, step: step)
        for index in mask.indices { mask[index] = min(max(mask[index], 0), 1) }
    }

    private static func apply(
        _ adam: Adam, _ gradient: [Float], to mask: inout [Float], _ first: inout [Float], _ second: inout [Float],
        learningRate: Float, step: Int
    ) {
        var mask = mask.mutableSpan, first = first.mutableSpan, second = second.mutableSpan
        adam.step(&mask, gradient: gradient.span, first: &first, second: &second, learningRate: learningRate, step: step)
    }

    /// The moments by name; with ``step`` they are the whole state.
    public var buffers: [(name: String, values: [Float])] { [("mask.first", first), ("mask.second", second)] }

    /// Takes up a saved state.
    ///
    /// - Throws: ``OptimiserStateError`` when a buffer is missing or has another size; the optimiser is then unchanged.
    public mutating func restore(step: Int, buffer: (String) throws -> [Float]?) throws {
        func saved(_ name: String) throws -> [Float] {
            let found = try buffer(name)
            guard let found, found.count == first.count else {
                throw OptimiserStateError(buffer: name, expected: first.count, found: found?.count)
            }
            return found
        }
        let moments = (try saved("mask.first"), try saved("mask.second"))
        (self.step, first, second) = (step, moments.0, moments.1)
    }
}
