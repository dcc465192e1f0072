import API
import Dictionaries
import JSON

/// The training of a map's mask.
struct MaskStage<Source: BatchSource>: SteppedStage {
    private(set) var map: FeatureMap
    private var optimiser: MaskOptimiser
    private var stepper = MaskStep()
    private var gradient: [Float]
    private var order: ContextOrder
    private let pair: TranscoderPair
    private let params: MapsTrain.Params
    private let coefficients: MaskCoefficients
    private let source: Source

    let name = "mask"
    var steps: Int { params.steps }
    var stepsDone: Int { optimiser.step }
    var tokensPerStep: Int { params.batch_sequences * source.T }

    /// The small values of a checkpoint.
    private struct Header: Codable {
        let step: Int
    }

    /// A mask of ones, or where a checkpoint left it.
    init(_ map: FeatureMap, _ pair: TranscoderPair, _ params: MapsTrain.Params, source: Source, saved: Checkpoint?) throws {
        (self.map, self.pair, self.params, self.source) = (map, pair, params, source)
        var coefficients = MaskCoefficients(lambda: Float(params.sparsity))
        coefficients.epsilon = Float(params.sparsity_epsilon)
        self.coefficients = coefficients
        optimiser = MaskOptimiser(for: map)
        gradient = Array(repeating: 0, count: map.mask.count)
        order = ContextOrder(count: source.count, seed: UInt64(bitPattern: Int64(params.seed)))
        guard let saved else { return }
        let buffers = Dictionary(uniqueKeysWithValues: saved.buffers.map { ($0.name, $0.values) })
        try optimiser.restore(step: saved.header.decode(Header.self).step) { buffers[$0] }
        guard let mask = buffers["mask"], mask.count == map.mask.count else {
            throw OptimiserStateError(buffer: "mask", expected: map.mask.count, found: buffers["mask"]?.count)
        }
        self.map.mask = mask
    }

    mutating func step(_ breathe: () throws -> Void) throws -> StepReport {
        let number = stepsDone
        let batches = try source.batches(order.contexts(step: number, params.batch_sequences), breathe)
        let batch = MaskBatch(pair, batches[0])
        let terms = stepper(map, batch, coefficients, gradient: &gradient)
        guard terms.loss.isFinite else { throw Diverged(step: number, learningRate: params.learning_rate) }
        optimiser.apply(gradient, to: &map.mask, learningRate: Float(params.learning_rate))
        let metrics = [
            "losses/overall_loss": terms.loss, "losses/kl_loss": terms.kl, "losses/mask_sparsity_loss": terms.penalty,
            "metrics/entries": Double(map.mask.count { $0 > 0 }), "metrics/support_entries": Double(map.mask.count),
        ]
        var line: JSONObject = ["step": .integer(stepsDone), "details/n_training_samples": .integer(stepsDone * tokensPerStep)]
        for (name, value) in metrics.sorted(by: { $0.key < $1.key }) { line[name] = .real(value) }
        return StepReport(progress: metrics, series: [.object(line)])
    }

    func checkpoint() throws -> Checkpoint {
        Checkpoint(
            header: try JSON(encoding: Header(step: optimiser.step)),
            buffers: [("mask", [map.mask.count], map.mask)]
                + optimiser.buffers.map { ($0.name, [$0.values.count], $0.values) })
    }
}
