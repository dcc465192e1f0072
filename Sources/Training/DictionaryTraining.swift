import Tokenizer
import Checkpoints
import GPT2
import API
import Artifacts
import Attribution
import Dictionaries
import JSON
import Jobs
import Store
import Systemd
import Tensors

// `dictionaries.train`, step 1 of the method:
//
// 1. Contexts of the text; the first `held_out_contexts` are kept for the evaluation.
// 2. Transcoders start from the seed, their biases at the means of the first 64 training contexts.
// 3. Each step: a batch of whole contexts, the model's forward pass up to the layer's keys, loss and gradient, Adam.
// 4. Evaluation on the held-out contexts, then weights, description and the job's end become visible in one transaction.

/// The work of a `dictionaries.train` job.
struct DictionaryTraining {
    let workplace: Workplace
    let params: DictionariesTrain.Params

    /// How many contexts the starting biases are means of.
    ///
    /// *Source:* the reference trainer.
    private static let contextsForMeans = 64

    /// Runs the job to its end.
    func run() throws {
        let model = try workplace.model(params.model)
        let T = min(params.context ?? Corpus.longestContext, model.gpt2.configuration.n_ctx)
        let corpus = try Corpus(params.corpus, for: model, embeddedDirectory: workplace.embeddedModel)
        let text = try HeldOutSplit(
            try corpus.contexts(model, T: T), held: params.held_out_contexts, batch: params.batch_sequences, corpus: corpus.name)
        let data = LayerData(model: model.gpt2, layer: params.layer, contexts: text.training)
        var generator = RandomGenerator(seed: UInt64(bitPattern: Int64(params.seed)))
        var pair = try start(data, using: &generator)
        try train(&pair, data, seed: generator.next())
        let evaluation = try DictionaryEvaluation(
            model.gpt2, layer: params.layer, pair, map: nil, contexts: text.heldOut.batch(0..<text.heldOut.count), T: T,
            isCancelled: { Termination.isRequestedNow })
        try Termination.check()
        try publish(pair, evaluation, model, corpus, T: T)
    }

    /// Weights from the seed, biases from the data.
    private func start(_ data: LayerData, using generator: inout RandomGenerator) throws -> TranscoderPair {
        let sample = try data.batch(0..<min(Self.contextsForMeans, data.contexts.count))
        let c = data.model.configuration
        let inputMean = columnMeans(sample.x, columns: c.d_model)
        func side(_ d_sae: Int, _ truth: [Float]) -> Transcoder {
            Transcoder(
                TranscoderShape(d_model: c.d_model, d_sae: d_sae, n_heads: c.n_heads, d_head: c.d_head), inputMean: inputMean,
                outputMean: columnMeans(truth, columns: c.d_model), using: &generator)
        }
        return TranscoderPair(
            query: side(params.d_sae_query, sample.q), key: side(params.d_sae_key ?? params.d_sae_query, sample.k))
    }

    private func train(_ pair: inout TranscoderPair, _ data: LayerData, seed: UInt64) throws {
        let schedule = TrainingSchedule(
            steps: params.steps, learningRate: Float(params.learning_rate), lambda: Float(params.sparsity),
            mu: Float(params.mse), muShare: params.mse > 0 ? params.mse_warm_share : nil)
        var step = TranscoderStep(), optimiser = TranscoderOptimiser(for: pair), gradient = TranscoderPair(zerosLike: pair)
        var order = ContextOrder(count: data.contexts.count, seed: seed)
        var paths = PathChoice(pair)
        var reporter = ProgressReporter(
            stage: "transcoders", steps: params.steps, tokensPerStep: params.batch_sequences * data.contexts.T)
        for number in 0..<params.steps {
            try Termination.check()
            let batch = try data.batch(order.next(params.batch_sequences))
            var coefficients = schedule.coefficients(at: number)
            coefficients.epsilon = Float(params.sparsity_epsilon)
            let terms = step(pair, batch, coefficients, paths: paths.paths, gradient: &gradient)
            guard terms.loss.isFinite else { throw Diverged(step: number, learningRate: params.learning_rate) }
            optimiser.apply(
                gradient, to: &pair, learningRate: schedule.learningRate(at: number), movesKeyBias: coefficients.mu > 0)
            paths.update(terms)
            try reporter.report(
                number + 1,
                metrics: [
                    "loss": terms.loss, "kl": terms.kl, "kl_q": terms.kl_q, "kl_k": terms.kl_k, "sparsity": terms.sparsity,
                    "mse": terms.mse, "L0_query": terms.L0_q, "L0_key": terms.L0_k,
                ])
        }
    }

    private func publish(
        _ pair: TranscoderPair, _ evaluation: DictionaryEvaluation, _ model: LoadedModel, _ corpus: Corpus, T: Int
    ) throws {
        let id = try DictionaryArchive(store: workplace.store).write(pair)
        let settings = try JSON(encoding: params)
        let info = DictionaryInfo(
            dictionary: id, model: model.name, model_fingerprint: model.fingerprint, layer: params.layer,
            d_sae_query: pair.query.shape.d_sae, d_sae_key: pair.key.shape.d_sae, d_model: pair.query.shape.d_model,
            n_heads: pair.query.shape.n_heads, seed: params.seed, created_ms: workplace.now(), job: workplace.job,
            corpus: corpus.name, tokens: params.steps * params.batch_sequences * T, steps: params.steps, settings: settings,
            evaluation: try evaluation.record())
        try workplace.finish(JobResult(dictionary: id)) { writer in try DictionaryArchive.publish(info, in: &writer) }
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
