import Kernels
import Tensors

/// Whether a side's activations are handled as matrices or as lists.
///
/// The results are the same up to rounding. Lists win while fewer than about one feature in ten is active; the caller decides and
/// records the decision, so that a run can be repeated bit for bit.
public enum ActivationPath: String, Sendable, Codable {
    /// Every product is a dense one.
    case dense
    /// After the encoder's product only active features are touched.
    case sparse
}

/// One side's buffers of a training step, kept from step to step.
///
/// N = B·T tokens.
struct TranscoderScratch: Sendable {
    /// [N, D] x − b_in.
    var centred: [Float] = []
    /// Dense: [N, F] f.
    var f: [Float] = []
    /// Dense: [N, F].
    ///
    /// Sparse: one for each active feature. The gradient at f, then at the pre-activations.
    var df: [Float] = []
    /// Sparse: f by token.
    var active = SparseRows()
    /// Sparse: f and df by feature.
    var byFeature = FeatureColumns()
    /// Sparse: each thread's part of the encoder.
    var encoders: [EncoderScratch] = []
    /// [N, H·K] ŷ.
    var reconstruction: [Float] = []
    /// [N, H·K] the gradient at ŷ.
    var dReconstruction: [Float] = []
    /// [F] n_a = ‖W_dec[a]‖.
    var norms: [Float] = []
    /// [F] the penalty's gradient at n_a.
    var dNorms: [Float] = []
    /// How many features are active over all tokens.
    var activeCount = 0
    /// How the last call handled the activations.
    var path = ActivationPath.dense

    /// Counts the tokens since each feature was last active.
    ///
    /// - Parameter tokensSinceActive: [F] in and out.
    func noteActivity(_ tokensSinceActive: inout [Int], tokens: Int) {
        let d_sae = tokensSinceActive.count
        var sums: [Float] = []
        if path == .dense {
            sums = Array(repeating: 0, count: d_sae)
            columnSums(f, into: &sums)
        }
        for feature in 0..<d_sae {
            let isActive = path == .dense ? sums[feature] > 0 : !byFeature.range(feature).isEmpty
            tokensSinceActive[feature] = isActive ? 0 : tokensSinceActive[feature] + tokens
        }
    }

    /// Makes room for `tokens` tokens; does nothing when there is room.
    mutating func reserve(tokens: Int, shape: TranscoderShape, path: ActivationPath) {
        self.path = path
        resize(&centred, tokens * shape.d_model, filler: 0)
        if path == .dense {
            resize(&f, tokens * shape.d_sae, filler: 0)
            resize(&df, tokens * shape.d_sae, filler: 0)
        }
        resize(&reconstruction, tokens * shape.d_out, filler: 0)
        resize(&dReconstruction, tokens * shape.d_out, filler: 0)
        resize(&norms, shape.d_sae, filler: 0)
        resize(&dNorms, shape.d_sae, filler: 0)
    }
}
