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

/// One side's buffers of a training step, kept from step to step. N = B·T tokens.
struct TranscoderScratch: Sendable {
    /// How many tokens the encoder's product takes at a time on the sparse path; their pre-activations stay in the cache until they are
    /// compacted.
    static let encoderChunk = 256

    /// [N, D] x − b_in.
    var centred: [Float] = []
    /// Dense: [N, F] f. Sparse: [encoderChunk, F] pre-activations.
    var f: [Float] = []
    /// Dense: [N, F]. Sparse: one for each active feature. The gradient at f, then at the pre-activations.
    var df: [Float] = []
    /// Sparse: f by token.
    var active = SparseRows()
    /// Sparse: f and df by feature.
    var byFeature = FeatureColumns()
    /// [F] one row's active features before they join ``active``.
    var rowIndices: [Int32] = []
    /// [F] their activations.
    var rowValues: [Float] = []
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

    /// Makes room for `tokens` tokens; does nothing when there is room.
    mutating func reserve(tokens: Int, shape: TranscoderShape, path: ActivationPath) {
        let features = (path == .dense ? tokens : min(tokens, Self.encoderChunk)) * shape.d_sae
        resize(&centred, tokens * shape.d_model)
        resize(&f, features)
        if path == .dense { resize(&df, features) }
        resize(&reconstruction, tokens * shape.d_out)
        resize(&dReconstruction, tokens * shape.d_out)
        resize(&norms, shape.d_sae)
        resize(&dNorms, shape.d_sae)
        if rowIndices.count != shape.d_sae {
            rowIndices = Array(repeating: 0, count: shape.d_sae)
            rowValues = Array(repeating: 0, count: shape.d_sae)
        }
    }
}

/// Gives an array exactly `count` elements; the contents are whatever they were.
func resize(_ values: inout [Float], _ count: Int) {
    if values.count > count {
        values.removeLast(values.count - count)
    } else if values.count < count {
        values.append(contentsOf: repeatElement(0, count: count - values.count))
    }
}

/// The active features sorted by feature instead of by token: the transpose of compressed rows.
struct FeatureColumns: Sendable {
    /// [F + 1] feature a's entries are `offsets[a] ..< offsets[a + 1]`.
    private(set) var offsets: [Int] = []
    /// The entries' tokens, ascending within a feature.
    private(set) var tokens: [Int32] = []
    /// f.
    private(set) var values: [Float] = []
    /// The gradient at the pre-activations.
    private(set) var gradients: [Float] = []

    /// Where feature `feature`'s entries stand.
    func range(_ feature: Int) -> Range<Int> { offsets[feature]..<offsets[feature + 1] }

    /// Counting sort of `active` and of the gradients that go with it.
    ///
    /// - Parameters:
    ///   - active: f by token.
    ///   - df: one gradient for each entry of `active`.
    ///   - d_sae: F.
    mutating func transpose(_ active: borrowing SparseRows, df: [Float], d_sae: Int) {
        offsets.removeAll(keepingCapacity: true)
        offsets.append(contentsOf: repeatElement(0, count: d_sae + 1))
        for index in active.indices { offsets[Int(index) + 1] += 1 }
        for feature in 0..<d_sae { offsets[feature + 1] += offsets[feature] }
        if tokens.count != active.count {
            resize(&values, active.count)
            resize(&gradients, active.count)
            tokens = Array(repeating: 0, count: active.count)
        }
        // offsets[a] walks from the start of a's entries to their end, which is the start of a + 1's: shift back afterwards.
        for token in 0..<active.rows {
            for entry in active.range(token) {
                let feature = Int(active.indices[entry]), place = offsets[feature]
                tokens[place] = Int32(token)
                values[place] = active.values[entry]
                gradients[place] = df[entry]
                offsets[feature] = place + 1
            }
        }
        for feature in stride(from: d_sae, to: 0, by: -1) { offsets[feature] = offsets[feature - 1] }
        offsets[0] = 0
    }
}
