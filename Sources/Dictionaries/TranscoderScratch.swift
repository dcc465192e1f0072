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
    /// How the activations are handled.
    var path = ActivationPath.dense
    /// [F] b_enc − b_in W_enc.
    var bias: [Float] = []
    /// What each thread keeps while it encodes.
    var parts: [EncoderPart] = []
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
    /// Pre-activations near their thresholds, where the rule asks for them.
    var near = SparseRows()
    /// The largest dead features, where the rule asks for them.
    var auxiliary = SparseRows()
    /// [N, H·K] ŷ.
    var reconstruction: [Float] = []
    /// [N, H·K] the gradient at ŷ.
    var dReconstruction: [Float] = []
    /// [F] n_a.
    var norms: [Float] = []
    /// [F] the penalty's gradient at n_a, then what of W_dec's rows it adds to their gradient.
    var dNorms: [Float] = []
    /// [F] the gradient at the logarithms of the thresholds.
    var dLogThreshold: [Float] = []
    /// How many features are active over all tokens.
    var activeCount = 0
    /// The smallest of the batch's largest pre-activations, where the rule asks for these; 0 if there was none.
    var smallestChosen: Float = 0
    /// Where the next search for the batch's largest pre-activations begins: what it finds does not depend on it.
    private(set) var searchFloor: Float = 0

    /// The share of the last cut from which the next search begins.
    private static let searchMargin: Float = 0.9

    /// Makes room for `tokens` tokens; does nothing when there is room.
    mutating func reserve(tokens: Int, shape: TranscoderShape, path: ActivationPath) {
        self.path = path
        if path == .dense {
            resize(&f, tokens * shape.d_sae, filler: 0)
            resize(&df, tokens * shape.d_sae, filler: 0)
        } else if !f.isEmpty {
            (f, df) = ([], [])
        }
        resize(&reconstruction, tokens * shape.d_out, filler: 0)
        resize(&dReconstruction, tokens * shape.d_out, filler: 0)
        resize(&norms, shape.d_sae, filler: 0)
        resize(&dNorms, shape.d_sae, filler: 0)
    }

    /// Joins what the threads have found.
    mutating func gatherParts() {
        active.removeAll()
        near.removeAll()
        auxiliary.removeAll()
        for part in parts {
            active.append(contentsOf: part.found.active)
            near.append(contentsOf: part.found.near)
            auxiliary.append(contentsOf: part.found.auxiliary)
        }
        activeCount = path == .dense ? parts.reduce(0) { $0 + $1.found.activeCount } : active.count
    }

    /// Keeps the `wanted` largest activations, the first among equals.
    mutating func keepLargest(_ wanted: Int) {
        if active.count > wanted {
            let cut = kthLargest(active.values.span, k: wanted)
            var equals = wanted - active.values.count { $0 > cut }
            var kept = SparseRows()
            for row in 0..<active.rows {
                for entry in active.range(row) {
                    let value = active.values[entry]
                    if value == cut { equals -= 1 }
                    if value > cut || (value == cut && equals >= 0) { kept.append(active.indices[entry], value) }
                }
                kept.endRow()
            }
            active = kept
        }
        activeCount = active.count
        smallestChosen = active.values.min() ?? 0
        searchFloor = activeCount == wanted ? smallestChosen * Self.searchMargin : 0
    }

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
}
