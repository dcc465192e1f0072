public import Kernels

/// Adam over both transcoders, with everything that a checkpoint must hold to go on bit for bit.
public struct TranscoderOptimiser: Sendable, Equatable {
    /// Adam's settings.
    public let adam: Adam
    /// Steps done so far.
    public private(set) var step = 0
    /// First moments.
    private var first: TranscoderPair
    /// Second moments.
    private var second: TranscoderPair

    /// An optimiser that has done no step.
    public init(for pair: TranscoderPair, adam: Adam = Adam()) {
        self.adam = adam
        first = TranscoderPair(zerosLike: pair)
        second = TranscoderPair(zerosLike: pair)
    }

    /// One step of Adam.
    ///
    /// The key side's b_out stays out of it when μ is 0: its gradient is exactly 0 there, and moments left from a time with μ > 0 would
    /// move it without cause.
    /// - Parameters:
    ///   - gradient: This step's gradient.
    ///   - pair: The weights, in and out.
    ///   - learningRate: This step's rate.
    ///   - movesKeyBias: Whether the key side's b_out takes part: μ > 0.
    public mutating func apply(
        _ gradient: TranscoderPair, to pair: inout TranscoderPair, learningRate: Float, movesKeyBias: Bool
    ) {
        step += 1
        let update = AdamUpdate(adam: adam, step: step, learningRate: learningRate)
        update.apply(gradient.query, to: &pair.query, &first.query, &second.query, movesBias: true)
        update.apply(gradient.key, to: &pair.key, &first.key, &second.key, movesBias: movesKeyBias)
    }

    /// Sets one feature's moments to 0.
    mutating func forget(_ feature: Int, side: WritableKeyPath<TranscoderPair, Transcoder>) {
        first[keyPath: side].clear(feature)
        second[keyPath: side].clear(feature)
    }
}

extension Transcoder {
    /// Sets all that belongs to one feature to 0.
    fileprivate mutating func clear(_ feature: Int) {
        for d in 0..<shape.d_model { W_enc[d * shape.d_sae + feature] = 0 }
        for column in 0..<shape.d_out { W_dec[feature * shape.d_out + column] = 0 }
        b_enc[feature] = 0
    }
}

/// One step's numbers.
///
/// Not a method of the optimiser: `self` would be copied beside its moments being written, and they with it.
private struct AdamUpdate {
    let adam: Adam
    let step: Int
    let learningRate: Float

    func apply(
        _ gradient: Transcoder, to transcoder: inout Transcoder, _ first: inout Transcoder, _ second: inout Transcoder,
        movesBias: Bool
    ) {
        apply(gradient.W_enc, to: &transcoder.W_enc, &first.W_enc, &second.W_enc)
        apply(gradient.b_enc, to: &transcoder.b_enc, &first.b_enc, &second.b_enc)
        apply(gradient.W_dec, to: &transcoder.W_dec, &first.W_dec, &second.W_dec)
        apply(gradient.b_in, to: &transcoder.b_in, &first.b_in, &second.b_in)
        if movesBias { apply(gradient.b_out, to: &transcoder.b_out, &first.b_out, &second.b_out) }
    }

    private func apply(
        _ gradient: [Float], to values: inout [Float], _ first: inout [Float], _ second: inout [Float]
    ) {
        var values = values.mutableSpan, first = first.mutableSpan, second = second.mutableSpan
        adam.step(
            &values, gradient: gradient.span, first: &first, second: &second, learningRate: learningRate, step: step)
    }
}

extension TranscoderOptimiser {
    /// The moments by name, such as `query.W_enc.first`, in a fixed order; with ``step`` they are the whole state.
    public var buffers: [(name: String, values: [Float])] {
        Self.places.map { place in (place.name, (place.isFirst ? first : second)[place]) }
    }

    /// Takes up a saved state.
    ///
    /// - Parameters:
    ///   - step: Steps done when it was saved.
    ///   - buffer: The saved buffer of a name, or nil.
    /// - Throws: ``OptimiserStateError`` when a buffer is missing or has another size; the optimiser is then unchanged.
    public mutating func restore(step: Int, buffer: (String) throws -> [Float]?) throws {
        var (first, second) = (self.first, self.second)
        for place in Self.places {
            let expected = first[place].count
            let found = try buffer(place.name)
            guard let found, found.count == expected else {
                throw OptimiserStateError(buffer: place.name, expected: expected, found: found?.count)
            }
            if place.isFirst { first[place] = found } else { second[place] = found }
        }
        (self.step, self.first, self.second) = (step, first, second)
    }

    /// Every moment's place.
    private static var places: [Place] {
        [true, false].flatMap { isFirst in
            [true, false].flatMap { isQuery in
                Transcoder.Parameter.allCases.map { Place(isFirst: isFirst, isQuery: isQuery, parameter: $0) }
            }
        }
    }
}

/// One buffer among the moments.
private struct Place {
    let isFirst, isQuery: Bool
    let parameter: Transcoder.Parameter

    var name: String { "\(isQuery ? "query" : "key").\(parameter.rawValue).\(isFirst ? "first" : "second")" }
}

extension TranscoderPair {
    fileprivate subscript(place: Place) -> [Float] {
        get { place.isQuery ? query[place.parameter] : key[place.parameter] }
        set { if place.isQuery { query[place.parameter] = newValue } else { key[place.parameter] = newValue } }
    }
}

/// A saved optimiser state that does not fit the weights.
public struct OptimiserStateError: Error, Equatable, CustomStringConvertible {
    /// The buffer's name.
    public let buffer: String
    /// The elements that the weights call for.
    public let expected: Int
    /// The elements that were saved, or nil when there is no such buffer.
    public let found: Int?

    /// The facts.
    public init(buffer: String, expected: Int, found: Int?) {
        (self.buffer, self.expected, self.found) = (buffer, expected, found)
    }

    /// The sentence.
    public var description: String {
        if let found { return "The saved buffer \(buffer) has \(found) elements; these weights need \(expected)." }
        return "The saved state has no buffer \(buffer), which should have \(expected) elements."
    }
}
