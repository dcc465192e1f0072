import Kernels
import Tensors

// The thresholds' gradient, by the straight-through estimators with the rectangular kernel of width h (the bandwidth): for every
// pre-activation z with |z − θ| < h/2,
//
//   d f/dθ = −θ/h,   d H(z − θ)/dθ = −1/h,   so   dθ = −(θ df + λ')/h,   d log θ = θ dθ,
//
// df being the gradient at f from the reconstruction, also where f is 0.
//
// *Source:* Rajamanoharan et al. 2024, equations 11 and 12.

extension Transcoder {
    /// Fills the scratch's gradient at the thresholds' logarithms, where the rule has a bandwidth.
    func thresholdGradient(_ rule: BackwardRule, _ scratch: inout TranscoderScratch) {
        guard let h = rule.bandwidth, case .threshold(let thresholds) = gate else { return }
        var df = [Float](repeating: 0, count: scratch.near.count)
        gatherDot(scratch.near, left: scratch.dReconstruction, rows: W_dec, columns: shape.d_out, into: &df)
        let lambda = rule.penalty == .count ? rule.lambda : 0
        resize(&scratch.dLogThreshold, shape.d_sae, filler: 0)
        for feature in 0..<shape.d_sae { scratch.dLogThreshold[feature] = 0 }
        for (entry, index) in scratch.near.indices.enumerated() {
            let feature = Int(index), threshold = thresholds[feature]
            scratch.dLogThreshold[feature] -= threshold * (threshold * df[entry] + lambda) / h
        }
    }
}
