public import Tensors

/// How the two sides handle their activations.
public struct ActivationPaths: Sendable, Equatable, Codable {
    /// The query side.
    public var query: ActivationPath
    /// The key side.
    public var key: ActivationPath

    /// Two paths.
    public init(query: ActivationPath = .dense, key: ActivationPath = .dense) { (self.query, self.key) = (query, key) }
}

/// Everything that a training needs to go on where it was left, bit for bit.
public struct TrainerState: Sendable {
    /// The small values.
    public struct Header: Sendable, Equatable, Codable {
        /// The sizes of the two sides.
        public let query, key: TranscoderShape
        /// Steps done.
        public let step: Int
        /// How the activations are handled from here on.
        public let paths: ActivationPaths
        /// For each feature of each side, how many tokens ago it was last active.
        public let tokensSinceActive: [[Int]]
        /// The source of the training's randomness.
        public let generator: RandomGenerator
    }

    /// The small values.
    public let header: Header
    /// Weights, thresholds and moments by name.
    public let buffers: [(name: String, shape: [Int], values: [Float])]

    /// A state from its parts.
    public init(header: Header, buffers: [(name: String, shape: [Int], values: [Float])]) {
        (self.header, self.buffers) = (header, buffers)
    }

    /// A buffer that must be there.
    ///
    /// - Throws: ``OptimiserStateError``.
    func buffer(_ name: String, count: Int) throws -> [Float] {
        let found = buffers.first { $0.name == name }?.values
        guard let found, found.count == count else {
            throw OptimiserStateError(buffer: name, expected: count, found: found?.count)
        }
        return found
    }
}

/// When each feature of a side was last active.
struct FeatureActivity: Sendable {
    /// [F] how many tokens ago.
    var tokensSinceActive: [Int]

    /// No feature has been active, and no token has been read.
    init(d_sae: Int) { tokensSinceActive = Array(repeating: 0, count: d_sae) }

    /// [F] which features have not been active for more than `tokens` tokens.
    func isDead(after tokens: Int) -> [Bool] { tokensSinceActive.map { $0 > tokens } }
}

extension TranscoderShape {
    /// The extents of a parameter.
    public func extents(_ parameter: Transcoder.Parameter) -> [Int] {
        switch parameter {
        case .W_enc: [d_model, d_sae]
        case .b_enc: [d_sae]
        case .W_dec: [d_sae, d_out]
        case .b_in: [d_model]
        case .b_out: [d_out]
        }
    }
}
