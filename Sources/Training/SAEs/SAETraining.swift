import API
import Artifacts
import Attribution
import Checkpoints
import Dictionaries
import GPT2
import JSON
import Jobs
import Store
import Systemd
import Tensors
import Tokenizer

// `saes.train`:
//
// 1. Contexts of the text, as many as the training can use; the first `held_out_contexts` are kept for the evaluation.
// 2. Weights from the seed, or all goes on from a checkpoint.
// 3. Each step: rows drawn from the contexts of several steps, one forward pass up to the last layer for all of them; for each layer
//    loss, gradient, Adam.
// 4. Evaluation on the held-out contexts, then weights, descriptions and the job's end become visible in one transaction.

/// The work of a `saes.train` job.
struct SAETraining {
    let workplace: Workplace
    let params: SAEsTrain.Params
    private var batchSequences: Int { params.batch_sequences ?? 1 }

    /// Contexts at whose means the biases start.
    private static let contextsForMeans = 64

    /// Runs the job to its end.
    func run() throws {
        let model = try workplace.model(params.model), held = params.held_out_contexts
        let names = params.layers.map { params.site.activation($0) }
        guard let cache = params.cache else {
            let T = params.context ?? model.gpt2.configuration.n_ctx
            let corpus = try Corpus(
                params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
                access: workplace.access)
            // As many as the training can use: of a longer text only the beginning is read.
            let most = held + max((params.steps ?? 1) * batchSequences, Self.contextsForMeans)
            let text = try HeldOutSplit(
                try workplace.contexts(corpus, model, T: T, limit: most), held: held, batch: batchSequences, corpus: corpus.name)
            let source = ForwardRows(model: model.gpt2, names: names, contexts: text.training)
            return try train(model, source, heldOut: text.heldOut, corpus: corpus.name)
        }
        let archive = CacheArchive(store: workplace.store), info = try archive.info(cache)
        let corpus = try Corpus(
            info.corpus, field: info.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
            access: workplace.access)
        let source = try CachedRows(
            try ActivationCache(directory: archive.directory(cache)), info, names: names, contexts: held..<info.contexts)
        let heldOut = try corpus.contexts(model, T: info.context, limit: held)
        try train(model, source, heldOut: heldOut, corpus: info.corpus)
    }

    /// Trains on a source, evaluates, and publishes.
    private func train(_ model: LoadedModel, _ source: some RowSource, heldOut: Contexts, corpus: String) throws {
        let recipes = try params.layers.indices.map { try params.recipe(layer: $0) }, steps = recipes[0].steps
        let shape = AutoencoderShape(d_in: params.site.width(in: model.gpt2), d_sae: params.d_sae ?? 1)
        let seed = UInt64(bitPattern: Int64(params.seed))
        var (loop, saved) = try StepLoop.make(workplace, model, metricsEvery: params.metrics_every ?? max(1, steps / 1000))
        let rows = ShuffledRows(source, batchSequences: batchSequences, group: params.shuffle_steps ?? 1, seed: seed)
        var stage = try SAEStage(params.layers, recipes: recipes, shape: shape, rows: rows, seed: seed, saved: saved?.checkpoint)
        try loop.run(&stage)
        FaultPoint.reached("evaluation")
        let made = stage.trainers.map(\.autoencoder)
        let evaluations = try zip(params.layers, made).map { layer, autoencoder in
            try workplace.evaluation(model, params.site.activation(layer), autoencoder, on: heldOut)
        }
        try publish(made, evaluations, model, corpus: corpus, steps: steps, T: source.T)
    }

    private func publish(
        _ made: [Autoencoder], _ evaluations: [AutoencoderEvaluation], _ model: LoadedModel, corpus: String, steps: Int, T: Int
    ) throws {
        let archive = SAEArchive(store: workplace.store), settings = try JSON(encoding: params), created = workplace.now()
        let infos = try zip(params.layers, zip(made, evaluations)).map { layer, found in
            let (autoencoder, evaluation) = found
            return SAEInfo(
                sae: try workplace.whenThereIsRoom { try archive.write(autoencoder, density: evaluation.density) },
                fingerprint: autoencoder.fingerprint,
                model: model.name, model_fingerprint: model.fingerprint, layer: layer, site: params.site,
                activation: params.activation ?? .relu, d_in: autoencoder.shape.d_in, d_sae: autoencoder.shape.d_sae,
                n_heads: model.gpt2.configuration.n_heads, seed: params.seed, created_ms: created, job: workplace.job,
                owner_uid: workplace.owner, corpus: corpus, tokens: steps * batchSequences * T, steps: steps, settings: settings,
                evaluation: evaluation.record)
        }
        try workplace.finish(JobResult(saes: infos.map(\.sae))) { writer in
            for info in infos { try SAEArchive.publish(info, in: &writer) }
        }
    }
}

extension Workplace {
    /// What an autoencoder reaches on contexts; progress is told, and SIGTERM is heard, after each batch.
    func evaluation(
        _ model: LoadedModel, _ name: ActivationName, _ autoencoder: Autoencoder, on contexts: Contexts
    ) throws -> AutoencoderEvaluation {
        var reporter = ProgressReporter(stage: "evaluation", steps: contexts.count, tokensPerStep: contexts.T)
        var evaluation = AutoencoderEvaluation(model.gpt2, name, autoencoder)
        for first in stride(from: 0, to: contexts.count, by: AutoencoderEvaluation.batchSize) {
            try Termination.check()
            let range = first..<min(first + AutoencoderEvaluation.batchSize, contexts.count)
            try evaluation.add(contexts.batch(range), T: contexts.T)
            let figures = ["metrics/l0": evaluation.L0, "metrics/KL_logits": evaluation.replaced.KL_logits]
            try reporter.report(range.upperBound, metrics: figures)
        }
        return evaluation
    }
}
