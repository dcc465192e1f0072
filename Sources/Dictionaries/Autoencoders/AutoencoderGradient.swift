public import Kernels
import Tensors

// Loss and gradient with every activation, for the beginning of a training, when too many features are active for lists; N tokens,
// chunk by chunk:
//
// 1. f = gate(x W_enc + b_enc), x = z − b_dec; ẑ − z = f W_dec − x; loss = (Σ‖ẑ − z‖² + λ Σ f)/N, or λ times the number of active
//    features in place of their sum.
// 2. dẑ = 2(ẑ − z)/N; df = dẑ W_decᵀ + λ/N where f > 0.
// 3. dW_dec = fᵀ dẑ, dW_enc = dfᵀ x, db_enc = Σ df, db_dec = Σ dẑ − Σ db_enc[a] W_enc[a].
// 4. The thresholds: see ThresholdGradient.

/// The sums of one step over its tokens.
struct AutoencoderSums: Sendable, Equatable {
    /// Σ‖ẑ − z‖².
    var squaredError = 0.0
    /// Σ f.
    var activations = 0.0
    /// How many features are active.
    var active = 0
    /// [F] at how many tokens each is.
    var firings: [Int] = []
    /// What the dead features' reconstructions of the error leave of the variance.
    var auxiliary = 0.0
}

/// The gradient of a step's loss, and the buffers that it is computed in.
public struct AutoencoderGradient: Sendable {
    /// dW_encᵀ, db_enc, dW_dec; what is parallel to W_dec's rows is still in it.
    public private(set) var features: FeatureBuffers
    /// [D] what of the gradient at b_dec comes by way of the reconstruction.
    public private(set) var decoderBias: [Float]
    /// [F] the gradient at the logarithms of the thresholds, where they are trained.
    public private(set) var dLogThreshold: [Float] = []
    /// [N] ‖ẑ − z‖².
    private(set) var squares: [Float] = []
    /// The step's sums.
    private(set) var sums = AutoencoderSums()

    /// [n, F] f, and its gradient.
    private var f: [Float] = [], df: [Float] = []
    /// [n, D] dẑ.
    private var error: [Float] = []
    private var norms: [Float] = []

    /// The tokens of a chunk.
    private static let chunk = 1024

    /// Zeros.
    init(zeros shape: AutoencoderShape) {
        features = FeatureBuffers(zeros: shape.d_sae, width: shape.d_in)
        decoderBias = Array(repeating: 0, count: shape.d_in)
    }

    /// The loss and its gradient.
    ///
    /// - Parameters:
    ///   - autoencoder: The weights; their gate is ReLU or has thresholds.
    ///   - z: [N, D].
    ///   - lambda: λ.
    ///   - bandwidth: The width of the thresholds' kernel, where they are trained: λ then weighs the number of active features.
    /// - Returns: The gradient and the loss.
    /// - Complexity: five products of 2·N·D·F flops.
    public static func of(
        _ autoencoder: Autoencoder, _ z: [Float], lambda: Float, bandwidth: Float? = nil
    ) -> (gradient: AutoencoderGradient, loss: Double) {
        var gradient = AutoencoderGradient(zeros: autoencoder.shape), x = [Float](scratch: z.count)
        subtractRow(z, autoencoder.b_dec, into: &x)
        gradient.run(autoencoder, x: x, lambda: lambda, bandwidth: bandwidth)
        let sums = gradient.sums, penalty = bandwidth == nil ? sums.activations : Double(sums.active)
        return (gradient, (sums.squaredError + Double(lambda) * penalty) / Double(z.count / autoencoder.shape.d_in))
    }

    /// [D] the gradient at b_dec.
    public func b_dec(_ autoencoder: Autoencoder) -> [Float] {
        let D = decoderBias.count
        var sums = decoderBias
        for (feature, slope) in features.b_enc.enumerated() where slope != 0 {
            for column in 0..<D { sums[column] -= slope * autoencoder.features.W_enc[feature * D + column] }
        }
        return sums
    }

    /// Fills everything from x = z − b_dec.
    mutating func run(_ autoencoder: Autoencoder, x: [Float], lambda: Float, bandwidth: Float?) {
        let (D, F) = (autoencoder.shape.d_in, autoencoder.shape.d_sae), N = x.count / D
        resize(&squares, N, filler: 0)
        sums = AutoencoderSums()
        sums.firings = Array(repeating: 0, count: F)
        features.b_enc = Array(repeating: 0, count: F)
        decoderBias = Array(repeating: 0, count: D)
        dLogThreshold = bandwidth == nil ? [] : Array(repeating: 0, count: F)
        for first in stride(from: 0, to: N, by: Self.chunk) {
            let range = first..<min(first + Self.chunk, N)
            let rows = Array(x[range.lowerBound * D..<range.upperBound * D])
            let near = forward(autoencoder, rows, bandwidth)
            noteErrors(range)
            let factor = 2 / Float(N), penalty = lambda / Float(N)
            for place in error.indices { error[place] *= factor }
            if let near, let bandwidth { addThresholds(autoencoder, near, penalty: penalty, bandwidth) }
            backward(autoencoder, rows, penalty: bandwidth == nil ? penalty : 0, isFirst: first == 0)
        }
    }

    /// Step 1.
    ///
    /// - Returns: Pre-activations near their thresholds.
    private mutating func forward(_ autoencoder: Autoencoder, _ x: [Float], _ bandwidth: Float?) -> SparseRows? {
        let (D, F) = (autoencoder.shape.d_in, autoencoder.shape.d_sae), n = x.count / D
        resize(&f, n * F, filler: 0)
        resize(&df, n * F, filler: 0)
        gemm(n, F, D, x, autoencoder.features.W_enc, into: &f, transposeB: true)
        var cuts: [Float]?
        if case .threshold(let values) = autoencoder.gate { cuts = values }
        let near = bandwidth.flatMap { width in
            cuts.map { Self.near(f, autoencoder.features.b_enc, $0, radius: width / 2) }
        }
        sums.active += Self.rectify(&f, autoencoder.features.b_enc, cuts)
        for row in 0..<n { Self.count(f, row * F..<(row + 1) * F, &sums.firings) }
        error = x
        gemm(n, D, F, f, autoencoder.features.W_dec, into: &error, beta: -1)
        return near
    }

    private static func count(_ f: [Float], _ row: Range<Int>, _ firings: inout [Int]) {
        let values = f.span.extracting(row)
        var counts = firings.mutableSpan
        for feature in values.indices { counts[feature] += values[feature] > 0 ? 1 : 0 }
    }

    private static func rectify(_ f: inout [Float], _ bias: [Float], _ cuts: [Float]?) -> Int {
        var rows = f.mutableSpan
        return Kernels.rectify(&rows, bias: bias.span, above: cuts?.span)
    }

    private static func near(_ pre: [Float], _ bias: [Float], _ cuts: [Float], radius: Float) -> SparseRows {
        let F = bias.count
        var found = SparseRows(), indices = [Int32](repeating: 0, count: F)
        let values = [Float](repeating: 0, count: F)
        for row in 0..<pre.count / F {
            var span = indices.mutableSpan
            let count = compact(
                pre.span.extracting(row * F..<(row + 1) * F), bias: bias.span, near: cuts.span, radius: radius, indices: &span)
            found.appendRow(indices.span.extracting(0..<count), values.span.extracting(0..<count))
        }
        return found
    }

    private mutating func noteErrors(_ range: Range<Int>) {
        resize(&norms, range.count, filler: 0)
        rowNorms(error, into: &norms)
        for (row, norm) in norms.enumerated() {
            squares[range.lowerBound + row] = norm * norm
            sums.squaredError += Double(norm) * Double(norm)
        }
    }

    /// Steps 2 and 3.
    private mutating func backward(_ autoencoder: Autoencoder, _ x: [Float], penalty: Float, isFirst: Bool) {
        let (D, F) = (autoencoder.shape.d_in, autoencoder.shape.d_sae), n = x.count / D
        gemm(n, F, D, error, autoencoder.features.W_dec, into: &df, transposeB: true)
        let ones = [Float](repeating: 1, count: F)
        var ignored = [Float](repeating: 0, count: F)
        sums.activations += penalise(.linear, f, norms: ones, df: &df, normGradient: &ignored, lambda: penalty)
        let beta: Float = isFirst ? 0 : 1
        gemm(F, D, n, f, error, into: &features.W_dec, beta: beta, transposeA: true)
        gemm(F, D, n, df, x, into: &features.W_enc, beta: beta, transposeA: true)
        var columns = [Float](repeating: 0, count: F), bias = [Float](repeating: 0, count: D)
        columnSums(df, into: &columns)
        columnSums(error, into: &bias)
        for feature in 0..<F { features.b_enc[feature] += columns[feature] }
        for column in 0..<D { decoderBias[column] += bias[column] }
    }

    /// Step 4.
    private mutating func addThresholds(_ autoencoder: Autoencoder, _ near: SparseRows, penalty: Float, _ bandwidth: Float) {
        Self.addThresholds(autoencoder, near, gradient: error, penalty: penalty, bandwidth: bandwidth, to: &dLogThreshold)
    }

    /// Adds the gradient at the thresholds' logarithms.
    static func addThresholds(
        _ autoencoder: Autoencoder, _ near: SparseRows, gradient: [Float], penalty: Float, bandwidth: Float,
        to dLogThreshold: inout [Float]
    ) {
        guard case .threshold(let thresholds) = autoencoder.gate else { return }
        var df = [Float](repeating: 0, count: near.count)
        gatherDot(near, left: gradient, rows: autoencoder.features.W_dec, columns: autoencoder.shape.d_in, into: &df)
        for (entry, index) in near.indices.enumerated() {
            let threshold = thresholds[Int(index)]
            dLogThreshold[Int(index)] -= threshold * (threshold * df[entry] + penalty) / bandwidth
        }
    }

    /// Hands the features' gradient to a function that uses it up.
    mutating func withFeatures(_ body: (inout FeatureBuffers) -> Void) { body(&features) }
}
