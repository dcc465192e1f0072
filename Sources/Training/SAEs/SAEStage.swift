import Dictionaries
import JSON
import Systemd
import Tensors

/// The training of several layers' autoencoders from one pass over the data.
struct SAEStage<Source: RowSource>: SteppedStage {
    /// One for each layer.
    private(set) var trainers: [AutoencoderTrainer]
    private let layers: [Int]
    /// What trainers that take turns share.
    private var workspace = AutoencoderWorkspace()
    private var rows: ShuffledRows<Source>
    private let seed: UInt64

    let name = "saes"
    let steps: Int
    var stepsDone: Int { trainers.map(\.steps).min() ?? 0 }
    var tokensPerStep: Int { rows.rowsPerStep }

    /// How many contexts the starting means are of.
    private static var contextsForMeans: Int { 64 }

    /// The small values of a checkpoint.
    private struct Header: Codable {
        let trainers: [AutoencoderTrainer.State.Header]
    }

    /// A training at its start, or where a checkpoint left it.
    ///
    /// - Parameters:
    ///   - layers: The layers.
    ///   - recipes: How each is trained.
    ///   - shape: The sizes of each.
    ///   - rows: What they are trained on.
    ///   - seed: Where the weights come from.
    ///   - saved: What the job goes on from.
    init(
        _ layers: [Int], recipes: [AutoencoderRecipe], shape: AutoencoderShape, rows: ShuffledRows<Source>, seed: UInt64,
        saved: Checkpoint?
    ) throws {
        (self.layers, self.rows, self.seed) = (layers, rows, seed)
        steps = recipes[0].steps
        if let saved {
            let headers = try saved.header.decode(Header.self).trainers
            trainers = try zip(headers, recipes).enumerated().map { number, pair in
                let prefix = "\(number)."
                let buffers = saved.buffers.filter { $0.name.hasPrefix(prefix) }
                    .map { (name: String($0.name.dropFirst(prefix.count)), shape: $0.shape, values: $0.values) }
                return try AutoencoderTrainer(restoring: .init(header: pair.0, buffers: buffers), recipe: pair.1)
            }
        } else {
            let means = try Self.means(rows.source, width: shape.d_in)
            trainers = zip(recipes, means).enumerated().map { number, pair in
                var generator = RandomGenerator(seed: seed &+ UInt64(number))
                let start = Autoencoder(shape, start: pair.0.start, mean: pair.1, using: &generator)
                return AutoencoderTrainer(start, recipe: pair.0, seed: generator.next())
            }
        }
    }

    /// Each layer's mean row.
    private static func means(_ source: Source, width D: Int) throws -> [[Float]] {
        let count = min(contextsForMeans, source.count)
        var reporter = ProgressReporter(stage: "means", steps: count, tokensPerStep: source.T)
        let rows = try source.rows(Array(0..<count)) {
            try Termination.check()
            try reporter.repeatIfDue()
        }
        return rows.map { values in
            var sums = [Double](repeating: 0, count: D)
            for place in values.indices { sums[place % D] += Double(values[place]) }
            return sums.map { Float($0 / Double(values.count / D)) }
        }
    }

    mutating func step(_ breathe: () throws -> Void) throws -> StepReport {
        let number = stepsDone
        let batches = try rows.rows(step: number) {
            try Termination.check()
            try breathe()
        }
        try resampleIfDue(breathe)
        var figures: [AutoencoderFigures] = []
        for index in trainers.indices {
            swap(&workspace, &trainers[index].workspace)
            let found = trainers[index].step(batches[index])
            swap(&workspace, &trainers[index].workspace)
            guard found.loss.isFinite else {
                throw Diverged(step: number, learningRate: Double(trainers[index].recipe.learningRate))
            }
            figures.append(found)
            try breathe()
        }
        return report(figures)
    }

    /// Lets dead features begin again, of all trainers that are due, at tokens of fresh batches.
    ///
    /// Nothing is saved before it is done: a job that is interrupted meanwhile does all of it again.
    private mutating func resampleIfDue(_ breathe: () throws -> Void) throws {
        let due = trainers.indices.filter { trainers[$0].isResamplingDue }
        guard let first = due.first, let batches = trainers[first].recipe.resampling?.batches else { return }
        var generator = RandomGenerator(seed: seed &- UInt64(trainers[first].steps))
        var draws: [(index: Int, draw: ResamplingDraw)] = []
        for index in due {
            if let draw = trainers[index].beginResampling() { draws.append((index, draw)) }
        }
        let source = rows.source, count = draws.isEmpty ? 0 : min(batches * rows.batchSequences, source.count)
        let contexts = Array(generator.permutation(source.count).prefix(count))
        for start in stride(from: 0, to: count, by: rows.batchSequences) {
            let found = try source.rows(Array(contexts[start..<min(start + rows.batchSequences, count)])) {
                try Termination.check()
                try breathe()
            }
            for place in draws.indices {
                let index = draws[place].index
                swap(&workspace, &trainers[index].workspace)
                trainers[index].offer(found[index], to: &draws[place].draw)
                swap(&workspace, &trainers[index].workspace)
                try breathe()
            }
        }
        for (index, draw) in draws { trainers[index].finishResampling(draw) }
    }

    private func report(_ figures: [AutoencoderFigures]) -> StepReport {
        let all = figures.map(\.metrics)
        var progress = all[0]
        for name in progress.keys { progress[name] = all.reduce(0) { $0 + ($1[name] ?? 0) } / Double(all.count) }
        let series = zip(layers, all).map { layer, metrics in
            var line: JSONObject = [
                "step": .integer(stepsDone), "layer": .integer(layer),
                "details/n_training_samples": .integer(stepsDone * tokensPerStep),
            ]
            for (name, value) in metrics.sorted(by: { $0.key < $1.key }) { line[name] = .real(value) }
            return JSON.object(line)
        }
        return StepReport(progress: progress, series: series)
    }

    func checkpoint() throws -> Checkpoint {
        let states = trainers.map { $0.save() }
        let buffers = states.enumerated().flatMap { number, state in
            state.buffers.map { (name: "\(number).\($0.name)", shape: $0.shape, values: $0.values) }
        }
        return Checkpoint(header: try JSON(encoding: Header(trainers: states.map(\.header))), buffers: buffers)
    }
}

extension AutoencoderFigures {
    /// The figures under SAELens's names.
    ///
    /// *Source:* sae-lens 6.54, `sae_trainer.py`.
    fileprivate var metrics: [String: Double] {
        [
            "losses/overall_loss": loss, "losses/mse_loss": mse, "losses/sparsity_loss": sparsity,
            "losses/auxiliary_reconstruction_loss": auxiliary, "metrics/l0": L0, "metrics/explained_variance": explainedVariance,
            "sparsity/dead_features": Double(dead), "details/current_learning_rate": Double(learningRate),
            "details/sparsity_coefficient": Double(lambda),
        ]
    }
}
