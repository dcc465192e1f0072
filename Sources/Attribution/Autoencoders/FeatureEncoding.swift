internal import Dictionaries
public import Tensors

/// An activation of one prompt as a dictionary has it, with those of the dictionary's rows that the prompt needs.
///
/// Memory: 8·d_in bytes for each token, 8 for each active feature, and 8·d_in + 4 for each row that is kept; while it is made, 8·d_in more for
/// each token, 12 for each active feature, and a megabyte for each thread.
public struct FeatureEncoding: Sendable {
    /// The active features, a row per token.
    public let features: SparseRows
    /// [T, d_in] the activation, and what the dictionary leaves of it.
    let input: [Float], error: [Float]
    /// [n, d_in] the rows that are kept.
    let W_enc: [Float], W_dec: [Float]
    /// [d_in].
    let b_dec: [Float]
    let d_in: Int
    /// [n].
    private let b_enc: [Float]
    /// Which feature's row stands where; nil if all are kept, in their order.
    private let places: [Int32: Int]?

    /// Encodes an activation.
    ///
    /// - Parameters:
    ///   - autoencoder: The dictionary.
    ///   - input: [T, d_in].
    ///   - others: Features whose rows are kept although they may not be active; nil to share the dictionary with all its rows.
    /// - Complexity: 2·T·d_in·F flops.
    init(_ autoencoder: Autoencoder, _ input: [Float], keeping others: [Int]?) {
        d_in = autoencoder.shape.d_in
        self.input = input
        features = autoencoder.encode(input)
        error = zip(input, autoencoder.decode(features)).map { $0 - $1 }
        b_dec = autoencoder.b_dec
        guard let others else {
            (W_enc, b_enc, W_dec) = (autoencoder.W_enc, autoencoder.b_enc, autoencoder.W_dec)
            places = nil
            return
        }
        let kept = Set(features.indices).union(others.map { Int32($0) }).sorted()
        W_enc = Self.rows(kept, autoencoder.W_enc, d_in)
        W_dec = Self.rows(kept, autoencoder.W_dec, d_in)
        b_enc = kept.map { autoencoder.b_enc[Int($0)] }
        places = Dictionary(uniqueKeysWithValues: zip(kept, 0..<kept.count))
    }

    private static func rows(_ kept: [Int32], _ W: [Float], _ width: Int) -> [Float] {
        var rows: [Float] = []
        rows.reserveCapacity(kept.count * width)
        for feature in kept { rows.append(contentsOf: W[Int(feature) * width..<(Int(feature) + 1) * width]) }
        return rows
    }

    /// What it takes of its own, in bytes; rows that it shares with the dictionary do not count.
    public var bytes: Int {
        var numbers = input.count + error.count + 2 * features.count
        if places != nil { numbers += W_enc.count + W_dec.count + b_enc.count }
        return numbers * MemoryLayout<Float>.stride
    }

    /// Where a feature stands among the rows that are kept.
    private func place(_ feature: Int) -> Int {
        guard let places else { return feature }
        guard let place = places[Int32(feature)] else {
            preconditionFailure("feature \(feature) is neither active in the prompt nor among those that were to be kept")
        }
        return place
    }

    /// Where a feature's row begins in ``W_enc`` and ``W_dec``.
    func row(_ feature: Int) -> Int { place(feature) * d_in }

    /// The features that are active at a token.
    func active(_ token: Int) -> [(feature: Int, activation: Float)] {
        features.range(token).map { (Int(features.indices[$0]), features.values[$0]) }
    }

    /// A feature's activation; 0 where it is not active.
    func activation(_ feature: Int, _ token: Int) -> Float {
        features.range(token).first { Int(features.indices[$0]) == feature }.map { features.values[$0] } ?? 0
    }

    /// The pre-activation of a feature at a token, whether or not it passes the gate; and what of it does not depend on the input.
    func pre(_ feature: Int, _ token: Int) -> (whole: Double, constant: Double) {
        let place = place(feature), row = place * d_in
        let constant = Double(b_enc[place]) - product(W_enc, row, b_dec, 0, count: d_in)
        return (constant + product(W_enc, row, input, token * d_in, count: d_in), constant)
    }
}
