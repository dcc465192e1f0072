private import Checkpoints
public import GPT2
private import Kernels
public import Tensors

/// How a change inside the model shows in its predictions: losses and divergence, summed over a text.
///
/// 1. `CE` is the mean negative log-likelihood of the next token, over every token but the last of each sequence.
/// 2. `KL_logits` is the mean over all tokens of KL(p_model ‖ p_changed).
public struct LogitComparison: Sendable {
    private var modelLoss = 0.0, changedLoss = 0.0, divergence = 0.0
    private var predictions = 0, rows = 0

    /// Rows unembedded at a time: two times 64 rows of GPT-2's vocabulary are 26 MB.
    private static let chunkRows = 64

    /// Nothing compared yet.
    public init() {}

    /// Takes in a batch.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - batch: [B, T] tokens.
    ///   - own: [B, T, D] `ln_final.hook_normalized` of the model as it is.
    ///   - changed: [B, T, D] the same of the changed model.
    public mutating func add(_ model: GPT2Model, _ batch: TokenBatch, own: Tensor, changed: Tensor) {
        let (D, V, T) = (model.configuration.d_model, model.configuration.d_vocab, batch.T)
        let count = batch.B * T
        var first = [Float](repeating: 0, count: min(count, Self.chunkRows) * V)
        var second = first
        for start in stride(from: 0, to: count, by: Self.chunkRows) {
            let chunk = start..<min(start + Self.chunkRows, count)
            let elements = chunk.lowerBound * D..<chunk.upperBound * D
            var ownLogits = first.mutableSpan, changedLogits = second.mutableSpan
            model.unembed(own.values.span.extracting(elements), into: &ownLogits)
            model.unembed(changed.values.span.extracting(elements), into: &changedLogits)
            for row in chunk {
                let target = row % T < T - 1 ? Int(batch.tokens[row + 1]) : nil
                add(&ownLogits, &changedLogits, (row - start) * V..<(row - start + 1) * V, target: target)
            }
        }
    }

    /// Takes in one row of logits from each side.
    private mutating func add(
        _ own: inout MutableSpan<Float>, _ changed: inout MutableSpan<Float>, _ range: Range<Int>, target: Int?
    ) {
        var p = own.part(range), q = changed.part(range)
        logSoftmax(&p)
        logSoftmax(&q)
        var sum = 0.0
        for index in 0..<p.count { sum += exponential(Double(p[index])) * Double(p[index] - q[index]) }
        divergence += sum
        rows += 1
        if let target {
            modelLoss -= Double(p[target])
            changedLoss -= Double(q[target])
            predictions += 1
        }
    }

    /// The model's own mean next-token loss in nats; nil for texts of one token.
    public var CE_model: Double? { predictions > 0 ? modelLoss / Double(predictions) : nil }

    /// The changed model's mean next-token loss in nats; nil for texts of one token.
    public var CE: Double? { predictions > 0 ? changedLoss / Double(predictions) : nil }

    /// The mean divergence of the predictions in nats.
    public var KL_logits: Double { rows > 0 ? divergence / Double(rows) : 0 }
}

/// The share of the loss that a reconstruction recovers, with what it is a share of.
///
/// CE_recovered = (CE_zero − CE) / (CE_zero − CE_model), where CE_zero is the loss with the layer's pattern set to zero. Where
/// zeroing the pattern costs next to nothing the quotient divides by noise, and there is no such share.
public struct RecoveredShare: Sendable {
    /// CE_zero − CE_model in nats: what the pattern is worth to the model.
    public let denominator: Double
    /// The share; nil where it means nothing.
    public let value: Double?

    /// The least worth of a pattern, in nats, of which a share is given: at 0.05 an error of 0.0005 nats in the losses is 1 %.
    public static let leastDenominator = 0.05

    /// The share from the three losses.
    public init(CE: Double, CE_model: Double, CE_zero: Double) {
        denominator = CE_zero - CE_model
        value = denominator >= Self.leastDenominator ? (CE_zero - CE) / denominator : nil
    }
}
