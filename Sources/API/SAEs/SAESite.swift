/// Which activation of a layer a sparse autoencoder reconstructs.
public enum SAESite: String, Codable, Sendable, CaseIterable {
    /// The heads' outputs before W_O, side by side: `attn.hook_z`.
    case z
    /// The attention's output: `hook_attn_out`.
    case attn_out
    /// The normalised residual that the attention reads, before gain and bias: `ln1.hook_x`.
    case ln1_x
    /// The residual stream that enters the layer: `hook_resid_pre`.
    case resid_pre
}

extension SAESite {
    /// What it is on the wire.
    static let schema = Schema.string(
        "Which activation it reconstructs: z (all heads side by side), attn_out, ln1_x or resid_pre.",
        oneOf: allCases.map(\.rawValue))
}
