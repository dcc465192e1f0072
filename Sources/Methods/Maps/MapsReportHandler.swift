import API
import Artifacts
import Attribution
import Dictionaries
import Tensors
import Tokenizer

/// `maps.report`: batch by batch, so that other calls are answered between two batches.
struct MapsReportHandler: MethodHandler {
    typealias M = MapsReport
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let (dictionary, found) = try await dictionaries.named(map: params.map, dictionary: nil, modelName: nil)
        guard let map = found else { preconditionFailure("no map under the name '\(params.map)', which was found") }
        let named = dictionary.info.corpus(unless: params.corpus, field: params.text_field)
        let corpus = try Corpus(
            named.corpus, field: named.field, for: dictionary.model, embeddedDirectory: models.embedded.path,
            access: rights.access(of: call))
        let T = dictionary.info.context
        let contexts = try await compute.run { try corpus.contexts(dictionary.model, T: T, limit: params.contexts) }
        let evaluation = try await evaluation(dictionary, map, contexts)
        let isDense = evaluation.densityQuery.map { $0 > params.dense_density }
        let sink = try await sink(dictionary, map, contexts, isDense: isDense, threshold: params.sink_threshold)
        return M.Result(
            map: map.info.map, dictionary: dictionary.info.dictionary, model: dictionary.model.name, layer: map.info.layer,
            corpus: corpus.name, contexts: contexts.count, tokens: evaluation.tokens, sparsity: SparsityReport(map, dictionary),
            sink: SinkReport(
                sink, threshold: params.sink_threshold, density: params.dense_density, features: isDense.count { $0 }),
            stages: evaluation.wireStages)
    }

    private func evaluation(
        _ dictionary: LoadedDictionary, _ map: LoadedMap, _ contexts: Contexts
    ) async throws -> DictionaryEvaluation {
        var evaluation = DictionaryEvaluation(
            dictionary.model.gpt2, layer: map.info.layer, dictionary.pair, map: map.featureMap)
        for first in stride(from: 0, to: contexts.count, by: Self.batchSize) {
            let before = evaluation
            evaluation = try await compute.run {
                var evaluation = before
                try evaluation.add(contexts.batch(first..<min(first + Self.batchSize, contexts.count)), T: contexts.T)
                return evaluation
            }
        }
        return evaluation
    }

    private func sink(
        _ dictionary: LoadedDictionary, _ map: LoadedMap, _ contexts: Contexts, isDense: [Bool], threshold: Double
    ) async throws -> AttentionSink {
        var sink = AttentionSink(map.featureMap, isDense: isDense, threshold: threshold)
        for context in 0..<contexts.count {
            let before = sink
            sink = try await compute.run {
                var sink = before
                let look = try AttentionLook(
                    dictionary.model.gpt2, dictionary.pair, layer: map.info.layer, tokens: contexts.context(context))
                sink.add(attn_scores: look.attn_scores.values, query: look.query, key: look.key)
                return sink
            }
        }
        return sink
    }

    /// Contexts that go through the model at once: other calls wait at most that long.
    private static let batchSize = 2
}

extension SparsityReport {
    /// The figures of a map.
    fileprivate init(_ map: LoadedMap, _ dictionary: LoadedDictionary) {
        let counts = MapCounts(map.featureMap), info = map.info, H = map.featureMap.n_heads
        let all = dictionary.info.d_sae_query * dictionary.info.d_sae_key
        // The map's record holds the share of the live entries, which gives their number to within rounding.
        let share = info.sparsity.of_live
        let live = share > 0 ? Int(min(Double(all), (Double(info.surviving_entries) / share / Double(H)).rounded())) : 0
        self.init(
            entries: EntryShares(count: counts.entries, all: all * H, live: live * H, co_active: info.support_entries),
            pairs: EntryShares(count: counts.pairs, all: all, live: live, co_active: info.support_entries / H),
            beta_entries: info.beta_entries, query_features_without_entries: counts.emptyQueryFeatures,
            key_features_without_entries: counts.emptyKeyFeatures, pairs_by_heads: counts.pairsByHeads)
    }
}

extension SinkReport {
    /// The sinks as the wire has them.
    fileprivate init(_ sink: AttentionSink, threshold: Double, density: Double, features: Int) {
        let heads = sink.heads
        let rate = heads.reduce(0) { $0 + $1.sinkRate } / Double(max(heads.count, 1))
        self.init(
            threshold: threshold, sink_rate: Float(rate), dense_density: density, dense_query_features: features,
            heads: heads.enumerated().map { number, head in
                let share = { (cause: AttentionSink.Cause) in Float(head.shares[cause.rawValue]) }
                return SinkHead(
                    head: number, mass: Float(head.mass), mass_masked_map: Float(head.massOfMap),
                    sink_rate: Float(head.sinkRate), uniform: Float(head.uniform), query_bias: share(.queryBias),
                    dense_features: share(.denseFeatures), other_features: share(.otherFeatures), error: share(.error),
                    residual: Float(head.residual))
            })
    }
}
