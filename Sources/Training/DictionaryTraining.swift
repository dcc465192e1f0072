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
// 1. Contexts of the text, as many as the training can use; the first `held_out_contexts` are kept for the evaluation.
// 2. Transcoders start from the seed, their biases at the means of the first 64 training contexts; or all goes on from a checkpoint.
// 3. Each step: a batch of whole contexts, one forward pass up to the last layer's keys, and for each dictionary loss, gradient, Adam.
// 4. Evaluation on the held-out contexts, then weights, descriptions and the job's end become visible in one transaction.

/// The work of a `dictionaries.train` job.
struct DictionaryTraining {
    let workplace: Workplace
    let params: DictionariesTrain.Params
    private var batchSequences: Int { params.batch_sequences ?? 1 }

    /// Contexts at whose means the biases start.
    private static let contextsForMeans = 64

    /// Runs the job to its end.
    func run() throws {
        let recipe = try params.recipe()
        let model = try workplace.model(params.model)
        let layers = Array(Set(params.layers)).sorted(), held = params.held_out_contexts
        guard let cache = params.cache else {
            let T = min(params.context ?? Corpus.longestContext, model.gpt2.configuration.n_ctx)
            let corpus = try Corpus(
                params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
                access: workplace.access)
            // As many as the training can use: of a longer text only the beginning is read.
            let most = held + max(recipe.steps * batchSequences, Self.contextsForMeans)
            let text = try HeldOutSplit(
                try workplace.contexts(corpus, model, T: T, limit: most), held: held, batch: batchSequences, corpus: corpus.name)
            let source = ForwardSource(model: model.gpt2, layers: layers, contexts: text.training)
            return try train(recipe, model, layers, source, heldOut: text.heldOut, corpus: corpus.name)
        }
        let archive = CacheArchive(store: workplace.store), info = try archive.info(cache)
        let corpus = try Corpus(
            info.corpus, field: info.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
            access: workplace.access)
        let source = try CachedSource(
            try ActivationCache(directory: archive.directory(cache)), info, model: model.gpt2, layers: layers,
            contexts: held..<info.contexts)
        let heldOut = try corpus.contexts(model, T: info.context, limit: held)
        try train(recipe, model, layers, source, heldOut: heldOut, corpus: info.corpus)
    }

    /// Trains on a source, evaluates, and publishes.
    private func train(
        _ recipe: TrainingRecipe, _ model: LoadedModel, _ layers: [Int], _ source: some BatchSource, heldOut: Contexts,
        corpus: String
    ) throws {
        let c = model.gpt2.configuration, T = source.T
        let metricsEvery = params.metrics_every ?? max(1, recipe.steps / TrainingHistory.mostKept)
        var (loop, saved) = try StepLoop.make(workplace, model, metricsEvery: metricsEvery)
        var stage = try TranscoderStage(
            DictionaryPlan.all(params), recipe: recipe, layers: layers, source: source,
            shape: { TranscoderShape(d_model: c.d_model, d_sae: $0, n_heads: c.n_heads, d_head: c.d_head) },
            batchSequences: batchSequences,
            landmarks: Landmarks(
                params.landmarks(of: c, context: T), model.gpt2, layers: layers, heldOut: heldOut),
            saved: saved?.checkpoint)
        try loop.run(&stage)
        FaultPoint.reached("evaluation")
        let evaluations = try zip(stage.plans, stage.trainers).map { plan, trainer in
            try workplace.evaluation(model, layer: plan.layer, trainer.pair, map: nil, on: heldOut)
        }
        try publish(stage.plans, stage.trainers.map(\.pair), evaluations, model, corpus: corpus, steps: recipe.steps, T: T)
    }

    private func publish(
        _ plans: [DictionaryPlan], _ pairs: [TranscoderPair], _ evaluations: [DictionaryEvaluation], _ model: LoadedModel,
        corpus: String, steps: Int, T: Int
    ) throws {
        let archive = DictionaryArchive(store: workplace.store)
        let settings = try JSON(encoding: params), created = workplace.now()
        let histories = try histories(plans, params.landmarks(of: model.gpt2.configuration, context: T), steps: steps)
        let infos = try plans.indices.map { index in
            let (plan, pair, evaluation, history) = (plans[index], pairs[index], evaluations[index], histories[index])
            let id = try workplace.whenThereIsRoom { try archive.write(pair) }
            try workplace.whenThereIsRoom { try archive.write(history, of: id) }
            return DictionaryInfo(
                dictionary: id, fingerprint: pair.fingerprint,
                model: model.name,
                model_fingerprint: model.fingerprint, layer: plan.layer,
                d_sae_query: plan.d_sae_query, d_sae_key: plan.d_sae_key, d_model: pair.query.shape.d_model,
                n_heads: pair.query.shape.n_heads, seed: plan.seed, created_ms: created, job: workplace.job,
                owner_uid: workplace.owner, corpus: corpus,
                tokens: steps * batchSequences * T, steps: steps, settings: settings,
                evaluation: try evaluation.record())
        }
        let result = JobResult(dictionary: infos[0].dictionary, dictionaries: infos.map(\.dictionary))
        try workplace.finish(result) { writer in
            for info in infos { try DictionaryArchive.publish(info, in: &writer) }
        }
    }

    /// Each dictionary's part of the job's series, as much as is kept.
    ///
    /// Lines come in turn, one for each dictionary; which step's are kept is known from how many there are, before any is read.
    private func histories(_ plans: [DictionaryPlan], _ landmarks: LandmarkPlan, steps: Int) throws -> [TrainingHistory] {
        let path = workplace.directory.metrics, every = params.metrics_every ?? max(1, steps / TrainingHistory.mostKept)
        let count = try MetricsLog.count(of: path) / plans.count
        var kept = [[JSON]](repeating: [], count: plans.count)
        let marked = (0..<count).filter { landmarks.contains(min(($0 + 1) * every, steps), of: steps) }
        let wanted = TrainingHistory.kept(TrainingHistory.mostKept, of: count, landmarks: marked)
        try MetricsLog.forEachLine(of: path) { number, bytes in
            let (step, plan) = number.quotientAndRemainder(dividingBy: plans.count)
            if wanted.contains(step) { kept[plan].append(try JSON(parsing: bytes)) }
        }
        return kept.map { TrainingHistory(lines: $0) }
    }
}
