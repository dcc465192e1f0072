private import Artifacts
private import JSON

extension FuzzTarget {
    /// The configurations of published autoencoders.
    ///
    /// What is accepted has sizes and a layer that an autoencoder can have.
    public static let saeConfigurations = FuzzTarget("sae-configurations") { draws, corpus in
        draws.oneIn(8) ? Array(JSONText.value(&draws, depth: 4).utf8) : ByteMutation.input(&draws, corpus)
    } check: { bytes in
        guard let cfg = (try? JSON(parsing: bytes))?.object else { return false }
        var isAccepted = false
        for isBesideTorchFile in [false, true] {
            guard let accepted = try? SAEConfiguration(cfg, isBesideTorchFile: isBesideTorchFile) else { continue }
            let sizes = [accepted.d_in, accepted.d_sae, accepted.k ?? 1, accepted.context ?? 1]
            try Finding.require(
                sizes.allSatisfy { (1...1 << 20).contains($0) } && (0...1024).contains(accepted.layer), "\(accepted)")
            isAccepted = true
        }
        return isAccepted
    }
}
