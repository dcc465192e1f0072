import Checkpoints
import API
import Artifacts
import Attribution
import Dictionaries
import GPT2
import JSON
import Jobs
import Store
import Systemd
import Tensors
import Tokenizer

// `maps.train`, step 2 of the method:
//
// 1. The support: which feature pairs are ever active together in causal order over the training text, and each feature's mean.
// 2. Each step of a trial: a batch of whole contexts, the model's own scores, the map's, loss and gradient, Adam, clamp. Without a
//    weight λ_m given, a search for the greatest one within the budget, trial by trial.
// 3. Entries whose mask has reached 0 are dropped; if asked for, the others are refitted without a penalty, or opened.
// 4. Evaluation on the held-out contexts, then entries, description and the job's end become visible in one transaction.
//
// Every checkpoint holds what the stages before have found, so that a job goes on in the stage where it was.

/// The work of a `maps.train` job.
struct MapTraining {
    let workplace: Workplace
    let params: MapsTrain.Params

    /// Held-out contexts on which masks are weighed against each other.
    private static let validationContexts = 32

    /// Runs the job to its end.
    func run() throws {
        let archive = DictionaryArchive(store: workplace.store)
        let info = try archive.info(params.dictionary)
        let model = try workplace.model(of: info)
        let pair = try archive.weights(info)
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
            access: workplace.access)
        // The support is collected from all of the text unless less is asked for.
        let limit = params.support_contexts.map { params.held_out_contexts + max($0, params.steps * params.batch_sequences) }
        let text = try HeldOutSplit(
            try workplace.contexts(corpus, model, T: info.context, limit: limit), held: params.held_out_contexts,
            batch: params.batch_sequences,
            corpus: corpus.name)
        let data = ForwardSource(model: model.gpt2, layers: [info.layer], contexts: text.training)
        let heldOut = ForwardSource(model: model.gpt2, layers: [info.layer], contexts: text.heldOut)
        let validation = Validation(pair, source: heldOut, contexts: Self.validationContexts)
        let trained = try train(model, info, pair, data, validation)
        let evaluation = try workplace.evaluation(model, layer: info.layer, pair, map: trained.map.pruned(), on: text.heldOut)
        try publish(trained, evaluation, info)
    }

    /// What the stages before the evaluation leave.
    private struct Trained {
        /// On the support or less.
        let map: FeatureMap
        /// How many entries have ever been active together.
        let supportEntries: Int
        let means: FeatureMeans
        let found: MaskFound
        /// KL(P‖P̂) of the survivors before and after they were polished.
        let KL_masked: Double, KL_polished: Double?
    }

    private func train(
        _ model: LoadedModel, _ info: DictionaryInfo, _ pair: TranscoderPair, _ data: ForwardSource, _ validation: Validation
    ) throws -> Trained {
        var (loop, saved) = try StepLoop.make(workplace, model, metricsEvery: max(1, params.steps / 1000))
        var collected = Collected(pair)
        if let saved { try collected.restore(saved.checkpoint) }
        if saved == nil || saved?.stage == SupportStage.stage {
            let contexts = min(params.support_contexts ?? .max, data.contexts.count)
            var stage = SupportStage(pair, source: data, contexts: contexts, collected: collected, stepsDone: saved?.step ?? 0)
            try loop.run(&stage)
            (collected, saved) = (stage.collected, nil)
        }
        let support = collected.builder.support, supportEntries = support.count * model.gpt2.configuration.n_heads
        let whole = FeatureMap(pair, support: support, attn_scale: model.gpt2.configuration.attn_scale(info.layer))
        var polish: PolishStage
        if let saved, saved.stage == PolishStage.stage {
            polish = try PolishStage(restoring: saved.checkpoint, of: whole, pair, params, source: data, collected: collected)
        } else {
            var stage = try MaskStage(
                whole, pair, params, source: data, validation: validation, collected: collected, saved: saved?.checkpoint)
            try loop.run(&stage)
            let found = MaskFound(lambda: stage.lambda, KL_map: stage.KL_map, trials: stage.search?.trials)
            polish = PolishStage(stage.map, pair, params, source: data, collected: collected, found: found)
        }
        let masked = polish.before, KL_masked = try validation.divergence(masked.pruned())
        var map = masked
        switch params.polish {
        case .none: break
        case .ones: map.mask = map.mask.map { $0 > 0 ? 1 : 0 }
        case .refit:
            try loop.run(&polish)
            map = polish.map
        }
        return Trained(
            map: map, supportEntries: supportEntries, means: collected.means, found: polish.found, KL_masked: KL_masked,
            KL_polished: params.polish == .none ? nil : try validation.divergence(map.pruned()))
    }

    private func publish(_ trained: Trained, _ evaluation: DictionaryEvaluation, _ dictionary: DictionaryInfo) throws {
        let (map, means) = (trained.map, trained.means)
        let survivors = map.prune(meanQuery: means.query, meanKey: means.key)
        let entries = survivors.map { entry in
            StoredEntry(
                query: UInt32(entry.queryFeature), key: UInt32(entry.keyFeature), head: UInt16(entry.head), M: entry.M,
                mask: entry.mask, contribution: entry.expectedContribution)
        }
        let archive = MapArchive(store: workplace.store)
        let id = try workplace.whenThereIsRoom { try archive.write(entries) }
        let H = map.n_heads, all = map.support.d_sae_query * map.support.d_sae_key * H
        let share = { (whole: Int) in whole > 0 ? Double(survivors.count) / Double(whole) : 0 }
        let info = MapInfo(
            map: id, dictionary: dictionary.dictionary, model: dictionary.model, layer: dictionary.layer,
            created_ms: workplace.now(), job: workplace.job, owner_uid: workplace.owner, settings: try JSON(encoding: params),
            evaluation: try evaluation.record(), support_entries: trained.supportEntries, surviving_entries: survivors.count,
            surviving_pairs: map.pruned().support.count, beta_entries: means.liveKey * H,
            sparsity: MapSparsity(
                of_all: share(all), of_live: share(means.liveQuery * means.liveKey * H),
                of_support: share(trained.supportEntries)),
            entries_by_head: (0..<H).map { head in survivors.count { $0.head == head } },
            search: MapSearch(
                lambda: trained.found.lambda, KL_map: trained.found.KL_map, KL_masked: trained.KL_masked,
                KL_polished: trained.KL_polished,
                trials: trained.found.trials?.map {
                    MapTrial(lambda: $0.lambda, KL: $0.KL, entries: $0.entries, is_within_budget: $0.passed)
                }))
        try workplace.finish(JobResult(map: id)) { writer in try MapArchive.publish(info, in: &writer) }
    }
}
