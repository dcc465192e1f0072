import API
import Dictionaries
import JSON

/// The refitting of the survivors' masks without a penalty.
struct PolishStage: SteppedStage {
    private var trainer: MaskTrainer
    /// The whole map with the mask that is being refitted.
    let before: FeatureMap
    private var order: ContextOrder
    private let pair: TranscoderPair
    private let params: MapsTrain.Params
    private let source: ForwardSource
    private let collected: Collected
    /// What the stage before has found, for a worker that goes on from here.
    let found: MaskFound

    static let stage = "polish"
    let name = Self.stage
    var steps: Int { params.polish_steps }
    var stepsDone: Int { trainer.step }
    var tokensPerStep: Int { params.batch_sequences * source.T }

    /// The small values of a checkpoint.
    private struct Header: Codable {
        let step: Int
        let found: MaskFound
    }

    /// Survivors as they were found.
    init(
        _ map: FeatureMap, _ pair: TranscoderPair, _ params: MapsTrain.Params, source: ForwardSource, collected: Collected,
        found: MaskFound
    ) {
        (before, self.pair, self.params, self.source) = (map, pair, params, source)
        (self.collected, self.found) = (collected, found)
        trainer = MaskTrainer(map.survivorsAlone())
        // Other contexts than those at the start of the training.
        order = ContextOrder(count: source.count, seed: UInt64(bitPattern: Int64(params.seed)) &+ 1)
    }

    /// Where a checkpoint left it.
    init(
        restoring saved: Checkpoint, of map: FeatureMap, _ pair: TranscoderPair, _ params: MapsTrain.Params,
        source: ForwardSource,
        collected: Collected
    ) throws {
        let header = try saved.header.decode(Header.self)
        let buffers = Dictionary(uniqueKeysWithValues: saved.buffers.map { ($0.name, $0.values) })
        guard let mask = buffers["mask.before"], mask.count == map.mask.count else {
            throw OptimiserStateError(buffer: "mask.before", expected: map.mask.count, found: buffers["mask.before"]?.count)
        }
        var map = map
        map.mask = mask
        self.init(map, pair, params, source: source, collected: collected, found: header.found)
        try trainer.restore(step: header.step) { buffers[$0] }
    }

    /// The survivors with their refitted mask; one that has reached 0 is no longer among them.
    var map: FeatureMap {
        var map = before.pruned()
        map.mask = trainer.map.mask
        return map
    }

    mutating func step(_ breathe: () throws -> Void) throws -> StepReport {
        let batches = try source.batches(order.contexts(step: stepsDone, params.batch_sequences), breathe)
        let terms = trainer.step(
            MaskBatch(pair, batches[0]), MaskCoefficients(lambda: 0), learningRate: Float(params.learning_rate))
        guard terms.loss.isFinite else { throw Diverged(step: stepsDone - 1, learningRate: params.learning_rate) }
        let metrics = ["losses/kl_loss": terms.kl, "metrics/entries": Double(terms.entries)]
        let line: JSONObject = ["step": .integer(stepsDone), "stage": .string(name)]
        return StepReport(progress: metrics, series: [.object(line.adding(metrics))])
    }

    func checkpoint() throws -> Checkpoint {
        let buffers = trainer.buffers + [("mask.before", before.mask)]
        return Checkpoint(
            header: try JSON(encoding: Header(step: trainer.step, found: found)),
            buffers: buffers.map { ($0.name, [$0.values.count], $0.values) } + collected.buffers)
    }
}

/// What the training of a mask has found besides the mask.
struct MaskFound: Codable {
    /// λ_m.
    let lambda: Double
    /// KL(P‖P̂) of the whole map.
    let KL_map: Double
    /// The search's trials; nil if λ_m was given.
    let trials: [SparsitySearch.Trial]?
}

extension JSONObject {
    /// The object and figures by name.
    func adding(_ figures: [String: Double]) -> JSONObject {
        var object = self
        for (name, value) in figures.sorted(by: { $0.key < $1.key }) { object[name] = .real(value) }
        return object
    }
}
