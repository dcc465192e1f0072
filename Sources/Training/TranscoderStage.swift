private import Glibc
import API
import Dictionaries
import JSON
import Systemd
import Tensors

/// One of the dictionaries that a job trains.
struct DictionaryPlan: Hashable {
    let layer: Int
    let d_sae_query: Int
    let d_sae_key: Int
    let seed: Int

    /// All that the parameters ask for: every layer, with every size, with every seed.
    static func all(_ params: DictionariesTrain.Params) -> [DictionaryPlan] {
        let queries = params.d_sae_query ?? [], keys = params.d_sae_key ?? queries
        return params.layers.flatMap { layer in
            zip(queries, keys).flatMap { query, key in
                params.seeds.map { DictionaryPlan(layer: layer, d_sae_query: query, d_sae_key: key, seed: $0) }
            }
        }
    }
}

/// The training of several dictionaries from one pass over the data.
struct TranscoderStage<Source: BatchSource>: SteppedStage {
    let plans: [DictionaryPlan]
    /// One for each plan.
    private(set) var trainers: [TranscoderTrainer]
    /// By the sizes of the two sides: what trainers that take turns share.
    private var workspaces: [[Int]: TrainerWorkspace] = [:]
    /// The layers of the source's batches.
    private let layers: [Int]
    private let source: Source
    private let batchSequences: Int
    private var order: ContextOrder
    private var landmarks: Landmarks?
    /// The lines of the newest step, whose landmark was cut off: it is trained, and not told yet.
    private var owed: [JSON]?

    let name = "transcoders"
    let steps: Int
    /// Those that are trained and told.
    var stepsDone: Int { trainers[0].steps - (owed == nil ? 0 : 1) }
    var tokensPerStep: Int { batchSequences * source.T }

    /// How many contexts the starting biases are means of.
    ///
    /// *Source:* the reference trainer.
    private static var contextsForMeans: Int { 64 }
    /// How many of them are in memory at once.
    private static var contextsAtOnce: Int { 8 }

    /// What a line tells besides figures.
    private static var identity: Set<String> {
        ["step", "layer", "d_sae_query", "d_sae_key", "seed", "details/n_training_samples"]
    }

    /// The small values of a checkpoint.
    private struct Header: Codable {
        let trainers: [TrainerState.Header]
        let owed: [JSON]?
    }

    /// A training at its start, or where a checkpoint left it.
    init(
        _ plans: [DictionaryPlan], recipe: TrainingRecipe, layers: [Int], source: Source, shape: (Int) -> TranscoderShape,
        batchSequences: Int, landmarks: Landmarks? = nil, saved: Checkpoint?
    ) throws {
        (self.plans, self.layers, self.source, self.batchSequences) = (plans, layers, source, batchSequences)
        self.landmarks = landmarks
        steps = recipe.steps
        order = ContextOrder(count: source.count, seed: UInt64(bitPattern: Int64(plans[0].seed)))
        if let saved {
            let header = try saved.header.decode(Header.self)
            owed = header.owed
            trainers = try header.trainers.enumerated().map { number, header in
                let prefix = "\(number)."
                let buffers = saved.buffers.filter { $0.name.hasPrefix(prefix) }
                    .map { (name: String($0.name.dropFirst(prefix.count)), shape: $0.shape, values: $0.values) }
                return try TranscoderTrainer(restoring: TrainerState(header: header, buffers: buffers), recipe: recipe)
            }
        } else {
            let means = try Self.means(source, layers: layers.count)
            trainers = plans.map { plan in
                var generator = RandomGenerator(seed: UInt64(bitPattern: Int64(plan.seed)))
                let pair = Self.start(plan, means[layers.firstIndex(of: plan.layer) ?? 0], shape, using: &generator)
                return TranscoderTrainer(pair, recipe: recipe, seed: generator.next())
            }
        }
    }

    /// Each layer's means of x, q and k.
    private static func means(_ source: Source, layers: Int) throws -> [LayerMeans] {
        var means = [LayerMeans](repeating: LayerMeans(), count: layers)
        let count = min(contextsForMeans, source.count)
        var reporter = ProgressReporter(stage: "means", steps: count, tokensPerStep: source.T)
        for first in stride(from: 0, to: count, by: contextsAtOnce) {
            try Termination.check()
            let end = min(first + contextsAtOnce, count)
            let batches = try source.batches(Array(first..<end)) { try reporter.repeatIfDue() }
            for layer in 0..<layers { means[layer].add(batches[layer]) }
            try reporter.report(end, metrics: [:])
        }
        return means
    }

    /// Weights from the seed, biases from the data.
    private static func start(
        _ plan: DictionaryPlan, _ means: LayerMeans, _ shape: (Int) -> TranscoderShape, using generator: inout RandomGenerator
    ) -> TranscoderPair {
        func side(_ d_sae: Int, _ outputMean: [Float]) -> Transcoder {
            Transcoder(shape(d_sae), inputMean: means.x.mean, outputMean: outputMean, using: &generator)
        }
        return TranscoderPair(query: side(plan.d_sae_query, means.q.mean), key: side(plan.d_sae_key, means.k.mean))
    }

    mutating func step(_ breathe: () throws -> Void) throws -> StepReport {
        let number = trainers[0].steps, lines: [JSON]
        if let owed {
            lines = owed
        } else {
            let batches = try source.batches(order.contexts(step: number, batchSequences), breathe)
            var figures: [StepFigures] = []
            for index in trainers.indices {
                let batch = batches[layers.firstIndex(of: plans[index].layer) ?? 0]
                let found = step(index, batch)
                guard found.terms.loss.isFinite else {
                    throw Diverged(step: number, learningRate: Double(trainers[index].recipe.schedule.learningRate))
                }
                figures.append(found)
                try breathe()
            }
            lines = plans.indices.map { line(plans[$0], figures[$0]) }
        }
        return StepReport(progress: progress(lines), series: try withLandmark(lines, breathe))
    }

    /// One trainer's step, in the workspace of its sizes.
    private mutating func step(_ index: Int, _ batch: PatternBatch) -> StepFigures {
        let sizes = [plans[index].d_sae_query, plans[index].d_sae_key]
        var workspace = workspaces.removeValue(forKey: sizes) ?? TrainerWorkspace()
        swap(&workspace, &trainers[index].workspace)
        let figures = trainers[index].step(batch)
        swap(&workspace, &trainers[index].workspace)
        workspaces[sizes] = workspace
        return figures
    }

    /// A dictionary's line of the step that is just trained.
    private func line(_ plan: DictionaryPlan, _ figures: StepFigures) -> JSON {
        let step = trainers[0].steps
        var line: JSONObject = [
            "step": .integer(step), "layer": .integer(plan.layer), "d_sae_query": .integer(plan.d_sae_query),
            "d_sae_key": .integer(plan.d_sae_key), "seed": .integer(plan.seed),
            "details/n_training_samples": .integer(step * tokensPerStep),
        ]
        for (name, value) in figures.metrics(of: plan).sorted(by: { $0.key < $1.key }) { line[name] = .real(value) }
        return .object(line)
    }

    /// The means of all dictionaries' figures.
    private func progress(_ lines: [JSON]) -> [String: Double] {
        var progress: [String: Double] = [:]
        for name in (lines[0].object ?? [:]).keys where !Self.identity.contains(name) {
            progress[name] = lines.reduce(0) { $0 + ($1[name]?.number ?? 0) } / Double(lines.count)
        }
        return progress
    }

    /// The lines with what the dictionaries reach, where the step is a landmark.
    ///
    /// - Throws: ``CutOff`` between two passes, once SIGTERM has come. The step is owed then: a checkpoint says so, and the landmark is
    ///   made again from the same weights.
    private mutating func withLandmark(_ lines: [JSON], _ breathe: () throws -> Void) throws -> [JSON] {
        guard var made = landmarks, made.contains(trainers[0].steps, of: steps) else {
            owed = nil
            return lines
        }
        owed = lines
        let trainers = trainers
        let reached = try made.figures(plans, { trainers[$0].pair }) {
            FaultPoint.reached("landmark")
            FaultPoint.reached("landmark-ended", SIGTERM)
            if Termination.isRequestedNow { throw CutOff() }
            try breathe()
        }
        (landmarks, owed) = (made, nil)
        return zip(lines, reached).map { line, figures in
            var object = line.object ?? [:]
            for (name, value) in figures { object[name] = value }
            return .object(object)
        }
    }

    func checkpoint() throws -> Checkpoint {
        let states = trainers.map { $0.save() }
        let buffers = states.enumerated().flatMap { number, state in
            state.buffers.map { (name: "\(number).\($0.name)", shape: $0.shape, values: $0.values) }
        }
        return Checkpoint(header: try JSON(encoding: Header(trainers: states.map(\.header), owed: owed)), buffers: buffers)
    }
}

extension StepFigures {
    /// The figures under SAELens's names, each side's with its own ending; and the live features, which it does not have.
    ///
    /// *Source:* sae-lens 6.54, `sae_trainer.py`.
    fileprivate func metrics(of plan: DictionaryPlan) -> [String: Double] {
        [
            "losses/overall_loss": terms.loss, "losses/kl_loss": terms.kl, "losses/kl_loss_query": terms.kl_q,
            "losses/kl_loss_key": terms.kl_k, "losses/sparsity_loss": terms.sparsity, "losses/mse_loss": terms.mse,
            "metrics/l0_query": terms.L0_q, "metrics/l0_key": terms.L0_k,
            "metrics/explained_variance_query": explainedVariance.query,
            "metrics/explained_variance_key": explainedVariance.key, "sparsity/dead_features_query": Double(dead.query),
            "sparsity/live_features_query": Double(plan.d_sae_query - dead.query),
            "sparsity/live_features_key": Double(plan.d_sae_key - dead.key),
            "sparsity/dead_features_key": Double(dead.key), "details/current_learning_rate": Double(learningRate),
            "details/sparsity_coefficient": Double(lambda),
        ]
    }
}

/// One layer's means of x, q and k.
private struct LayerMeans {
    /// The mean of each column, gathered over batches.
    struct Columns {
        private var sums: [Double] = []
        private var rows = 0

        mutating func add(_ values: [Float], rows count: Int) {
            let columns = values.count / count
            if sums.isEmpty { sums = Array(repeating: 0, count: columns) }
            for row in 0..<count { for column in 0..<columns { sums[column] += Double(values[row * columns + column]) } }
            rows += count
        }

        var mean: [Float] { sums.map { Float($0 / Double(rows)) } }
    }

    private(set) var x = Columns(), q = Columns(), k = Columns()

    mutating func add(_ batch: PatternBatch) {
        x.add(batch.x, rows: batch.tokens)
        q.add(batch.q, rows: batch.tokens)
        k.add(batch.k, rows: batch.tokens)
    }
}

/// The loss is no longer a number.
struct Diverged: Error, CustomStringConvertible {
    let step: Int
    let learningRate: Double
    var description: String {
        "the loss is not a number any more at step \(step); a learning_rate below \(learningRate) may help"
    }
}
