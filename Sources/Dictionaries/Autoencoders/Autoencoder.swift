public import Kernels
public import Tensors

/// The sizes of a sparse autoencoder.
public struct AutoencoderShape: Sendable, Equatable, Codable {
    /// D, the width of what is reconstructed: for the concatenated z of all heads H·K.
    public let d_in: Int
    /// F, the number of features.
    public let d_sae: Int

    /// Sizes, both positive.
    public init(d_in: Int, d_sae: Int) {
        precondition(min(d_in, d_sae) > 0, "d_in \(d_in) and d_sae \(d_sae) must be positive")
        (self.d_in, self.d_sae) = (d_in, d_sae)
    }
}

/// A sparse autoencoder of one activation.
///
/// f = gate((z − b_dec) W_enc + b_enc), ẑ = f W_dec + b_dec; the rows of W_dec have unit norm.
///
/// W_enc is held transposed, [F, D]: what a step changes of it are whole rows.
///
/// *Source:* specification 3.1.
public struct Autoencoder: Sendable, Equatable {
    /// The sizes.
    public let shape: AutoencoderShape
    /// W_encᵀ, b_enc and W_dec.
    public var features: FeatureBuffers
    /// [D].
    public var b_dec: [Float]
    /// Which features are active.
    public var gate = FeatureGate.positive

    /// [F, D]: the transpose of what files call W_enc.
    public var W_enc: [Float] {
        get { features.W_enc }
        _modify { yield &features.W_enc }
    }

    /// [F].
    public var b_enc: [Float] {
        get { features.b_enc }
        _modify { yield &features.b_enc }
    }

    /// [F, D].
    public var W_dec: [Float] {
        get { features.W_dec }
        _modify { yield &features.W_dec }
    }

    /// All zeros.
    public init(zeros shape: AutoencoderShape) {
        self.shape = shape
        features = FeatureBuffers(zeros: shape.d_sae, width: shape.d_in)
        b_dec = Array(repeating: 0, count: shape.d_in)
    }

    /// Where the weights of a training begin.
    public enum Start: String, Sendable, Codable {
        /// Both matrices drawn apart from each other, Kaiming-uniform as `torch.nn.init.kaiming_uniform_` takes [D, F] and [F, D]
        /// (bounds √(6/F) and √(6/D)); b_dec 0.
        ///
        /// *Source:* Kissane et al. 2024, the published training code.
        case independent
        /// Encoder and decoder the same rows of unit norm; b_dec at the data's mean.
        ///
        /// *Source:* Gao et al. 2024, appendix A.1.
        case tied
    }

    /// The start of a training.
    ///
    /// - Parameters:
    ///   - shape: The sizes.
    ///   - start: How the weights begin.
    ///   - mean: [D] the mean of z.
    ///   - generator: Where the matrices come from, decoder first.
    public init(_ shape: AutoencoderShape, start: Start, mean: [Float], using generator: inout RandomGenerator) {
        precondition(mean.count == shape.d_in, "a mean of \(mean.count) elements for d_in \(shape.d_in)")
        self.init(zeros: shape)
        let fan: Float = 6
        for place in features.W_dec.indices {
            features.W_dec[place] = (2 * generator.uniform() - 1) * (fan / Float(shape.d_in)).squareRoot()
        }
        normaliseDecoder()
        switch start {
        case .independent:
            for place in features.W_enc.indices {
                features.W_enc[place] = (2 * generator.uniform() - 1) * (fan / Float(shape.d_sae)).squareRoot()
            }
        case .tied:
            features.W_enc = features.W_dec
            b_dec = mean
        }
    }

    private mutating func normaliseDecoder() {
        forEachRow(of: &features.W_dec, width: shape.d_in) { _, row in
            let norm = dot(row.span, row.span).squareRoot()
            if norm > 0 { for column in row.indices { row[column] /= norm } }
        }
    }
}

extension Autoencoder {
    /// f as sparse rows: the pre-activations that pass the gate.
    ///
    /// - Parameter z: [N, D].
    /// - Complexity: 2·N·D·F flops.
    public func encode(_ z: [Float]) -> SparseRows {
        var encoder = AutoencoderEncoder()
        var x = [Float](scratch: z.count)
        subtractRow(z, b_dec, into: &x)
        return encoder.encode(self, x: x, EncodingRule()).active
    }

    /// ẑ = f W_dec + b_dec: [N, D].
    ///
    /// - Complexity: 2·(active features)·D flops.
    public func decode(_ f: SparseRows) -> [Float] {
        var reconstruction = [Float](repeating: 0, count: f.rows * shape.d_in)
        gatherSum(f, rows: features.W_dec, initial: b_dec, into: &reconstruction)
        return reconstruction
    }

    /// The buffers by their names in files, with their extents.
    public var buffers: [(name: String, shape: [Int], values: [Float])] {
        let (D, F) = (shape.d_in, shape.d_sae)
        var buffers = [
            (name: "W_enc", shape: [F, D], values: features.W_enc), ("b_enc", [F], features.b_enc),
            ("W_dec", [F, D], features.W_dec), ("b_dec", [D], b_dec),
        ]
        if case .threshold(let values) = gate { buffers.append(("threshold", [F], values)) }
        return buffers
    }
}

/// out ← each row less the same row.
func subtractRow(_ rows: [Float], _ row: [Float], into out: inout [Float]) {
    var out = out.mutableSpan
    subtractRow(rows.span, row.span, into: &out)
}
