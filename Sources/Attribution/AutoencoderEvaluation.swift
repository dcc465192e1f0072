private import Checkpoints
public import Dictionaries
public import GPT2
import Tensors

// What a sparse autoencoder reaches on a text (specification 3.4):
//
// 1. The model as it is: loss, the residual stream that enters the layer, the activation z.
// 2. z set to zero, everything after it recomputed: the loss that a share recovered is measured against.
// 3. z replaced by ẑ, without the error: the loss, and the divergence of the predictions.

/// What a sparse autoencoder reaches on a text.
public struct AutoencoderEvaluation: Sendable {
    /// The model with the activation set to zero.
    public private(set) var zero = LogitComparison()
    /// The model with the activation replaced by its reconstruction.
    public private(set) var replaced = LogitComparison()
    /// Tokens seen.
    public private(set) var tokens = 0
    /// [F] at how many tokens each feature was active.
    public private(set) var firings: [Int]

    private var squaredError = 0.0
    /// [D] Σ z and Σ z² of each column.
    private var sums: [Double], squares: [Double]
    private let model: GPT2Model, name: ActivationName, autoencoder: Autoencoder

    /// Contexts that go through the model at once.
    public static let batchSize = 8

    /// An evaluation that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - name: The activation, of as many elements for each token as the autoencoder reconstructs.
    ///   - autoencoder: The autoencoder.
    public init(_ model: GPT2Model, _ name: ActivationName, _ autoencoder: Autoencoder) {
        (self.model, self.name, self.autoencoder) = (model, name, autoencoder)
        firings = Array(repeating: 0, count: autoencoder.shape.d_sae)
        sums = Array(repeating: 0, count: autoencoder.shape.d_in)
        squares = sums
    }

    /// Takes in contexts that go through the model at once.
    ///
    /// - Parameters:
    ///   - contexts: [count, T] tokens.
    ///   - T: The length of a context.
    /// - Throws: ``GPT2Error``.
    /// - Complexity: one forward pass, and two from the layer on.
    public mutating func add(_ contexts: [Int32], T: Int) throws {
        let batch = TokenBatch(contexts, B: contexts.count / T, T: T), layer = name.layer ?? 0
        let start = ActivationName(.resid_pre, layer), output = ActivationName(.ln_final_normalized)
        let own = try model.forward(batch, capture: [start, name, output])
        let z = own[name].values, f = autoencoder.encode(z), reconstruction = autoencoder.decode(f)
        note(z, f, reconstruction)
        let residual = ResidualStart(layer: layer, resid_pre: own[start])
        let zeroed = try model.forward(
            batch, from: residual, capture: [output], edits: [name: { span in for place in span.indices { span[place] = 0 } }])
        zero.add(model, batch, own: own[output], changed: zeroed[output])
        let changed = try model.forward(
            batch, from: residual, capture: [output], edits: [name: { span in span.copy(reconstruction.span) }])
        replaced.add(model, batch, own: own[output], changed: changed[output])
    }

    private mutating func note(_ z: [Float], _ f: SparseRows, _ reconstruction: [Float]) {
        let D = autoencoder.shape.d_in
        for index in f.indices { firings[Int(index)] += 1 }
        for place in z.indices {
            let value = Double(z[place]), error = Double(reconstruction[place]) - value
            squaredError += error * error
            sums[place % D] += value
            squares[place % D] += value * value
        }
        tokens += z.count / D
    }

    /// The model's own mean next-token loss in nats; nil for texts of one token.
    public var CE: Double? { zero.CE_model }

    /// The loss with the activation set to zero.
    public var CE_zero: Double? { zero.CE }

    /// The loss with the activation replaced by its reconstruction.
    public var CE_sae: Double? { replaced.CE }

    /// The share of the loss that is recovered; nil for texts of one token.
    public var recovered: RecoveredShare? {
        guard let CE, let CE_zero, let CE_sae else { return nil }
        return RecoveredShare(CE: CE_sae, CE_model: CE, CE_zero: CE_zero)
    }

    /// Active features per token.
    public var L0: Double { Double(firings.reduce(0, +)) / Double(max(tokens, 1)) }

    /// 1 − Σ‖z − ẑ‖²/Σ‖z − mean z‖², both over all tokens seen; nil where z does not vary.
    public var explainedVariance: Double? {
        let variance = zip(sums, squares).reduce(0.0) { $0 + $1.1 - $1.0 * $1.0 / Double(max(tokens, 1)) }
        return variance > 0 ? 1 - squaredError / variance : nil
    }

    /// Features that were active at least once.
    public var live: Int { firings.count { $0 > 0 } }

    /// [F] the share of tokens at which each feature was active.
    public var density: [Double] { firings.map { Double($0) / Double(max(tokens, 1)) } }
}
