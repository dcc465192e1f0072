/// Which features of a token are active, given their pre-activations; an active feature's f is its pre-activation.
public enum FeatureGate: Sendable, Equatable {
    /// Those that are positive: ReLU.
    case positive
    /// Those above their own threshold: JumpReLU; [F], none negative.
    ///
    /// *Source:* Rajamanoharan et al. 2024, "Jumping Ahead".
    case threshold([Float])
    /// The so many largest positive ones: TopK.
    ///
    /// *Source:* Gao et al. 2024, "Scaling and evaluating sparse autoencoders".
    case largest(Int)
}

/// How one side encodes in a training step, beyond its gate.
struct EncodingRule: Sendable {
    /// With a number k: the gate is not asked; the k·N largest of all positive pre-activations of the batch are active.
    ///
    /// *Source:* Bussmann et al. 2024, "BatchTopK sparse autoencoders".
    var largestOfBatch: Int?
    /// With a number: pre-activations nearer than this to their threshold are noted.
    var thresholdRadius: Float?
    /// With a number k: the k largest of the features in ``isDead`` are noted.
    var auxiliary: Int?
    /// [F] which features are dead.
    var isDead: [Bool] = []
}
