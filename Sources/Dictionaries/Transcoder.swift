private import Glibc
public import Tensors

/// The sizes of one side's transcoder.
public struct TranscoderShape: Sendable, Equatable, Codable {
    /// D, the width of the residual stream.
    public let d_model: Int
    /// F, the number of features.
    public let d_sae: Int
    /// H, the number of heads whose queries or keys are reconstructed.
    public let n_heads: Int
    /// K, the width of one head's query or key.
    public let d_head: Int

    /// Sizes from their numbers, all positive.
    public init(d_model: Int, d_sae: Int, n_heads: Int, d_head: Int) {
        precondition(
            min(d_model, d_sae, n_heads, d_head) > 0,
            "d_model \(d_model), d_sae \(d_sae), n_heads \(n_heads), d_head \(d_head) must all be positive")
        (self.d_model, self.d_sae, self.n_heads, self.d_head) = (d_model, d_sae, n_heads, d_head)
    }

    /// H·K, the width of all heads' queries or keys.
    public var d_out: Int { n_heads * d_head }
}

/// One side of a query-key dictionary: normalised residuals to sparse features to all heads' queries (or keys).
///
/// f = gate((x − b_in) W_enc + b_enc), ŷ = f W_dec + b_out; the gate is ReLU unless it says otherwise. A gradient, or a moment of Adam's, has the same five buffers and is a
/// value of this type too.
///
/// *Source:* specification 1.1.
public struct Transcoder: Sendable, Equatable {
    /// The sizes.
    public let shape: TranscoderShape
    /// [D, F].
    public var W_enc: [Float]
    /// [F].
    public var b_enc: [Float]
    /// [F, H·K], heads one after the other.
    public var W_dec: [Float]
    /// [D].
    public var b_in: [Float]
    /// [H·K].
    public var b_out: [Float]
    /// Which features are active.
    public var gate = FeatureGate.positive

    /// The five buffers' names, in the order in which they are enumerated.
    public enum Parameter: String, Sendable, CaseIterable {
        case W_enc, b_enc, W_dec, b_in, b_out
    }

    /// All zeros.
    public init(zeros shape: TranscoderShape) {
        self.shape = shape
        W_enc = Array(repeating: 0, count: shape.d_model * shape.d_sae)
        b_enc = Array(repeating: 0, count: shape.d_sae)
        W_dec = Array(repeating: 0, count: shape.d_sae * shape.d_out)
        b_in = Array(repeating: 0, count: shape.d_model)
        b_out = Array(repeating: 0, count: shape.d_out)
    }

    /// The start of training: both matrices Kaiming-uniform, b_enc zero, the other biases at the data's means.
    ///
    /// The bound is √(6/fan_in) with fan_in as `torch.nn.init.kaiming_uniform_` takes it: D for the encoder (it is handed the
    /// transpose), H·K for the decoder.
    /// - Parameters:
    ///   - shape: The sizes.
    ///   - inputMean: [D] the mean of x.
    ///   - outputMean: [H·K] the mean of the true queries (or keys).
    ///   - generator: Where the matrices come from, encoder first.
    public init(
        _ shape: TranscoderShape, inputMean: [Float], outputMean: [Float], using generator: inout RandomGenerator
    ) {
        precondition(
            inputMean.count == shape.d_model && outputMean.count == shape.d_out,
            "means of \(inputMean.count) and \(outputMean.count) elements for d_model \(shape.d_model), d_out \(shape.d_out)")
        self.init(zeros: shape)
        fill(&W_enc, bound: (6 / Float(shape.d_model)).squareRoot(), using: &generator)
        fill(&W_dec, bound: (6 / Float(shape.d_out)).squareRoot(), using: &generator)
        b_in = inputMean
        b_out = outputMean
    }

    /// The buffer of that name.
    public subscript(parameter: Parameter) -> [Float] {
        get {
            switch parameter {
            case .W_enc: W_enc
            case .b_enc: b_enc
            case .W_dec: W_dec
            case .b_in: b_in
            case .b_out: b_out
            }
        }
        _modify {
            switch parameter {
            case .W_enc: yield &W_enc
            case .b_enc: yield &b_enc
            case .W_dec: yield &W_dec
            case .b_in: yield &b_in
            case .b_out: yield &b_out
            }
        }
    }
}

/// Numbers drawn evenly from [−bound, bound).
private func fill(_ values: inout [Float], bound: Float, using generator: inout RandomGenerator) {
    for index in values.indices { values[index] = (2 * generator.uniform() - 1) * bound }
}

/// The two transcoders of one attention layer.
public struct TranscoderPair: Sendable, Equatable {
    /// Reconstructs q.
    public var query: Transcoder
    /// Reconstructs k.
    public var key: Transcoder

    /// A pair of one layer: the sides may differ in d_sae only.
    public init(query: Transcoder, key: Transcoder) {
        let (a, b) = (query.shape, key.shape)
        precondition(
            a.d_model == b.d_model && a.n_heads == b.n_heads && a.d_head == b.d_head,
            "the query side has shape \(a), the key side \(b)")
        self.query = query
        self.key = key
    }

    /// Zeros in the shape of another pair: an empty gradient or moment.
    public init(zerosLike other: TranscoderPair) {
        query = Transcoder(zeros: other.query.shape)
        key = Transcoder(zeros: other.key.shape)
    }
}
