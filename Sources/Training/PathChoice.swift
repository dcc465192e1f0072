import Dictionaries

/// Which kernels handle each side's activations: dense products while many features are active, sparse rows afterwards.
///
/// The switch is made once per side, when the share of active features falls below the density; a checkpoint that records the two
/// paths therefore resumes with the same arithmetic.
struct PathChoice: Sendable {
    /// Below this share of active features sparse rows are faster.
    ///
    /// *Source:* measured, Tests/Performance.
    static let density = 0.1

    private(set) var paths: (query: ActivationPath, key: ActivationPath) = (.dense, .dense)
    private let d_sae_query: Double, d_sae_key: Double

    /// Both dense, as a training begins.
    init(_ pair: TranscoderPair) {
        d_sae_query = Double(pair.query.shape.d_sae)
        d_sae_key = Double(pair.key.shape.d_sae)
    }

    /// Takes in a step's figures.
    mutating func update(_ terms: LossTerms) {
        if terms.L0_q < Self.density * d_sae_query { paths.query = .sparse }
        if terms.L0_k < Self.density * d_sae_key { paths.key = .sparse }
    }
}
