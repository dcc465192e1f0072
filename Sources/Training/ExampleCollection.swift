import API
import Artifacts
import Attribution
import Checkpoints
import Dictionaries
import GPT2
import Jobs
import Store
import Systemd
import Tokenizer

// `examples.collect`:
//
// 1. The contexts of the text, in a file of the job's.
// 2. The walk over them, batch by batch, all in memory; an interrupted collection begins anew.
// 3. The records under an unpublished number; then their description and the job's end become visible in one transaction, and the
//    collection that the map had before is deleted.

/// The work of an `examples.collect` job.
struct ExampleCollection {
    let workplace: Workplace
    let params: ExamplesCollect.Params

    /// Tokens that go through the model at once: a pattern of at most 2,048·T·H floats.
    private static let tokensAtOnce = 2048

    /// Runs the job to its end.
    func run() throws {
        let maps = MapArchive(store: workplace.store), info = try maps.info(params.map)
        let archive = DictionaryArchive(store: workplace.store), dictionary = try archive.info(info.dictionary)
        let model = try workplace.model(of: dictionary), pair = try archive.weights(dictionary)
        let map = try maps.featureMap(
            info, of: pair, attn_scale: model.gpt2.configuration.attn_scale(info.layer), strongest: params.entries ?? .max)
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
            access: workplace.access)
        let contexts = try workplace.contexts(corpus, model, T: dictionary.context, limit: params.contexts)
        let walk = try walk(map, pair, model, layer: info.layer, contexts)
        try publish(walk, info, corpus, contexts)
    }

    private func walk(
        _ map: FeatureMap, _ pair: TranscoderPair, _ model: LoadedModel, layer: Int, _ contexts: Contexts
    ) throws -> ExampleWalk {
        let limits = ExampleLimits(examples: params.examples, sample: params.examples)
        var walk = ExampleWalk(map, T: contexts.T, limits: limits, seed: UInt64(bitPattern: Int64(params.seed)))
        let B = max(1, Self.tokensAtOnce / contexts.T), steps = (contexts.count + B - 1) / B
        var reporter = ProgressReporter(stage: "examples", steps: steps, tokensPerStep: B * contexts.T)
        for step in 0..<steps {
            try Termination.check()
            let range = step * B..<min((step + 1) * B, contexts.count)
            try walk.add(model.gpt2, pair, layer: layer, tokens: try contexts.batch(range))
            try reporter.report(step + 1, metrics: ["contexts": Double(walk.contexts)])
        }
        return walk
    }

    private func publish(_ walk: ExampleWalk, _ map: MapInfo, _ corpus: Corpus, _ contexts: Contexts) throws {
        let archive = ExampleArchive(store: workplace.store)
        let number = try workplace.whenThereIsRoom { try archive.write(walk) { try contexts.context($0) } }
        FaultPoint.reached("examples-written")
        var activePairs = 0
        walk.forEachPair { _ in activePairs += 1 }
        let info = ExamplesInfo(
            map: map.map, dictionary: map.dictionary, model: map.model, layer: map.layer, collection: number,
            corpus: corpus.name, text_field: params.text_field, contexts: walk.contexts, context: contexts.T,
            tokens: walk.tokens, examples: params.examples, seed: params.seed, followed_pairs: walk.pairCount,
            active_pairs: activePairs, live_query: walk.queryFeatures.count, live_key: walk.keyFeatures.count,
            created_ms: workplace.now(), job: workplace.job)
        var before: Int?
        do {
            try workplace.finish(JobResult(map: map.map)) { writer in before = try ExampleArchive.publish(info, in: &writer) }
        } catch {
            try? archive.deleteCollection(number)
            throw error
        }
        // Readers that began before keep the records that they see; if this is not reached, the service removes them when it starts.
        if let before { try? archive.deleteCollection(before) }
    }
}
