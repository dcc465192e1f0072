import API
import Dictionaries
import JSON

// The training of a map's mask: with one weight λ_m, or a search for the greatest within the budget, each of whose trials trains from
// the best mask so far (SparsitySearch).

/// The training of a map's mask.
struct MaskStage: SteppedStage {
    private var trainer: MaskTrainer
    /// The search, unless λ_m was given.
    private(set) var search: SparsitySearch?
    /// The mask of the best trial so far; empty if none has passed.
    private var best: [Float] = []
    /// KL(P‖P̂) of the whole map on the validation contexts.
    let KL_map: Double
    private var order: ContextOrder
    private let pair: TranscoderPair
    private let params: MapsTrain.Params
    private let source: ForwardSource
    private let validation: Validation
    private let collected: Collected

    static let stage = "mask"
    let name = Self.stage
    var tokensPerStep: Int { params.batch_sequences * source.T }
    /// With a search: as many as there can be, until it is over.
    var steps: Int { search.map { $0.isDone ? stepsDone : $0.most * params.steps } ?? params.steps }
    var stepsDone: Int { (search?.trials.count ?? 0) * params.steps + trainer.step }

    /// λ_m of the mask that ``map`` has.
    var lambda: Double { search.map { $0.best?.lambda ?? 0 } ?? params.sparsity ?? 0 }

    /// The map with the mask that the training has arrived at; with the mask of ones if no trial was within the budget.
    var map: FeatureMap {
        guard search != nil else { return trainer.map }
        var map = trainer.map
        map.mask = best.isEmpty ? Array(repeating: 1, count: map.mask.count) : best
        return map
    }

    /// The small values of a checkpoint.
    private struct Header: Codable {
        let step: Int
        let search: SparsitySearch?
        let KL_map: Double
    }

    /// A mask of ones, or where a checkpoint left it.
    init(
        _ map: FeatureMap, _ pair: TranscoderPair, _ params: MapsTrain.Params, source: ForwardSource, validation: Validation,
        collected: Collected, saved: Checkpoint?
    ) throws {
        (self.pair, self.params, self.source) = (pair, params, source)
        (self.validation, self.collected) = (validation, collected)
        trainer = MaskTrainer(map)
        order = ContextOrder(count: source.count, seed: UInt64(bitPattern: Int64(params.seed)))
        if let saved {
            let header = try saved.header.decode(Header.self)
            let buffers = Dictionary(uniqueKeysWithValues: saved.buffers.map { ($0.name, $0.values) })
            try trainer.restore(step: header.step) { buffers[$0] }
            (search, KL_map, best) = (header.search, header.KL_map, buffers["mask.best"] ?? [])
            let expected = header.search?.best == nil ? 0 : map.mask.count
            guard best.count == expected else {
                throw OptimiserStateError(buffer: "mask.best", expected: expected, found: best.count)
            }
        } else {
            KL_map = try validation.divergence(trainer.map)
            if params.sparsity == nil {
                search = SparsitySearch(from: Self.firstLambda, KL_map: KL_map, budget: params.budget, most: params.trials)
            }
        }
    }

    /// Where a search begins.
    ///
    /// *Source:* the reference trainer's λ_m on the embedded model.
    private static let firstLambda = 3e-6

    mutating func step(_ breathe: () throws -> Void) throws -> StepReport {
        let number = stepsDone, lambda = search?.lambda ?? params.sparsity ?? 0
        let batches = try source.batches(order.contexts(step: number, params.batch_sequences), breathe)
        var coefficients = MaskCoefficients(lambda: Float(lambda))
        coefficients.epsilon = Float(params.sparsity_epsilon)
        let terms = trainer.step(MaskBatch(pair, batches[0]), coefficients, learningRate: Float(params.learning_rate))
        guard terms.loss.isFinite else { throw Diverged(step: number, learningRate: params.learning_rate) }
        let metrics = [
            "losses/overall_loss": terms.loss, "losses/kl_loss": terms.kl, "losses/mask_sparsity_loss": terms.penalty,
            "metrics/entries": Double(terms.entries),
            "metrics/support_entries": Double(trainer.map.mask.count), "details/mask_sparsity_coefficient": lambda,
        ]
        if search != nil, trainer.step == params.steps { try endTrial() }
        let line: JSONObject = [
            "step": .integer(number + 1), "details/n_training_samples": .integer((number + 1) * tokensPerStep),
        ]
        return StepReport(progress: metrics, series: [.object(line.adding(metrics))])
    }

    /// Weighs a trial, and begins the next from the best mask.
    private mutating func endTrial() throws {
        let pruned = trainer.map.pruned(), entries = pruned.mask.count { $0 > 0 }
        let isBest = search?.record(KL: try validation.divergence(pruned), entries: entries) ?? false
        if isBest { best = trainer.map.mask }
        trainer.restart(mask: best.isEmpty ? Array(repeating: 1, count: trainer.map.mask.count) : best)
    }

    func checkpoint() throws -> Checkpoint {
        let buffers = trainer.buffers + (best.isEmpty ? [] : [("mask.best", best)])
        return Checkpoint(
            header: try JSON(encoding: Header(step: trainer.step, search: search, KL_map: KL_map)),
            buffers: buffers.map { ($0.name, [$0.values.count], $0.values) } + collected.buffers)
    }
}

/// The contexts on which masks are weighed against each other.
struct Validation {
    private let pair: TranscoderPair
    private let source: ForwardSource
    private let contexts: Int

    /// Contexts that go through the model at once.
    private static let atOnce = 8

    /// The source's first contexts, so many at most.
    init(_ pair: TranscoderPair, source: ForwardSource, contexts: Int) {
        (self.pair, self.source, self.contexts) = (pair, source, min(contexts, source.count))
    }

    /// KL(P‖P̂) of a map, mean over heads and queries.
    func divergence(_ map: FeatureMap) throws -> Double {
        var divergence = MapDivergence(), sum = 0.0
        for first in stride(from: 0, to: contexts, by: Self.atOnce) {
            let indices = first..<min(first + Self.atOnce, contexts)
            sum += divergence(map, MaskBatch(pair, try source.batch(indices))) * Double(indices.count)
        }
        return sum / Double(max(contexts, 1))
    }
}
