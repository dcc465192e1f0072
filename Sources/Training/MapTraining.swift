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
// 1. The support: which feature pairs are ever active together in causal order over the training text, and each feature's mean. A job
//    that goes on finds the same support again.
// 2. Each step: a batch of whole contexts, the model's own scores, the map's, loss and gradient, Adam, clamp.
// 3. Entries whose mask has reached 0 are dropped; the others are ranked by expected contribution.
// 4. Evaluation on the held-out contexts, then entries, description and the job's end become visible in one transaction.

/// The work of a `maps.train` job.
struct MapTraining {
    let workplace: Workplace
    let params: MapsTrain.Params

    /// Contexts that go through the model at once while the support is collected.
    private static let supportBatch = 16

    /// Runs the job to its end.
    func run() throws {
        let archive = DictionaryArchive(store: workplace.store)
        let info = try archive.info(params.dictionary)
        let model = try workplace.model(of: info)
        let pair = try archive.weights(info)
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel)
        // The support is collected from all of the text unless less is asked for.
        let limit = params.support_contexts.map { params.held_out_contexts + max($0, params.steps * params.batch_sequences) }
        let text = try HeldOutSplit(
            try workplace.contexts(corpus, model, T: info.context, limit: limit), held: params.held_out_contexts,
            batch: params.batch_sequences,
            corpus: corpus.name)
        let data = ForwardSource(model: model.gpt2, layers: [info.layer], contexts: text.training)
        let (support, means) = try support(pair, data)
        var (loop, saved) = try StepLoop.make(workplace, model, metricsEvery: max(1, params.steps / 1000))
        var stage = try MaskStage(
            FeatureMap(pair, support: support, attn_scale: model.gpt2.configuration.attn_scale(info.layer)), pair, params,
            source: data, saved: saved?.checkpoint)
        try loop.run(&stage)
        let map = stage.map
        let evaluation = try workplace.evaluation(model, layer: info.layer, pair, map: map.pruned(), on: text.heldOut)
        try publish(map, means, evaluation, info)
    }

    /// The pairs ever active together, and the means of the features.
    private func support(_ pair: TranscoderPair, _ data: ForwardSource) throws -> (Support, FeatureMeans) {
        let count = min(params.support_contexts ?? .max, data.contexts.count)
        var builder = SupportBuilder(d_sae_query: pair.query.shape.d_sae, d_sae_key: pair.key.shape.d_sae)
        var means = FeatureMeans(pair)
        let steps = (count + Self.supportBatch - 1) / Self.supportBatch
        var reporter = ProgressReporter(stage: "support", steps: steps, tokensPerStep: Self.supportBatch * data.T)
        for step in 0..<steps {
            try Termination.check()
            let first = step * Self.supportBatch
            let batch = MaskBatch(pair, try data.batch(first..<min(first + Self.supportBatch, count)))
            for (query, key) in zip(batch.query, batch.key) {
                builder.add(query: query, key: key)
                means.add(query: query, key: key)
            }
            try reporter.report(step + 1, metrics: ["live_query": Double(means.liveQuery), "live_key": Double(means.liveKey)])
        }
        return (builder.support, means)
    }

    private func publish(
        _ map: FeatureMap, _ means: FeatureMeans, _ evaluation: DictionaryEvaluation, _ dictionary: DictionaryInfo
    ) throws {
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
            created_ms: workplace.now(), job: workplace.job, settings: try JSON(encoding: params),
            evaluation: try evaluation.record(), support_entries: map.mask.count, surviving_entries: survivors.count,
            surviving_pairs: map.pruned().support.count, beta_entries: means.liveKey * H,
            sparsity: MapSparsity(
                of_all: share(all), of_live: share(means.liveQuery * means.liveKey * H), of_support: share(map.mask.count)),
            entries_by_head: (0..<H).map { head in survivors.count { $0.head == head } })
        try workplace.finish(JobResult(map: id)) { writer in try MapArchive.publish(info, in: &writer) }
    }
}

/// Each feature's mean activation over all tokens.
private struct FeatureMeans {
    private var sumQuery: [Double], sumKey: [Double]
    private var tokens = 0

    init(_ pair: TranscoderPair) {
        sumQuery = Array(repeating: 0, count: pair.query.shape.d_sae)
        sumKey = Array(repeating: 0, count: pair.key.shape.d_sae)
    }

    mutating func add(query: SparseRows, key: SparseRows) {
        for (index, value) in zip(query.indices, query.values) { sumQuery[Int(index)] += Double(value) }
        for (index, value) in zip(key.indices, key.values) { sumKey[Int(index)] += Double(value) }
        tokens += query.rows
    }

    var query: [Float] { sumQuery.map { Float($0 / Double(max(tokens, 1))) } }
    var key: [Float] { sumKey.map { Float($0 / Double(max(tokens, 1))) } }
    var liveQuery: Int { sumQuery.count { $0 > 0 } }
    var liveKey: Int { sumKey.count { $0 > 0 } }
}
