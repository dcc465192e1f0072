import API
import Artifacts
import Checkpoints
import GPT2
import JSON
import Jobs
import Store
import Tokenizer

/// The work of a `dictionaries.evaluate` job.
///
/// Nothing is saved on the way: an interrupted evaluation begins anew.
struct DictionaryEvaluationJob {
    let workplace: Workplace
    let params: DictionariesEvaluate.Params

    /// Runs the job to its end.
    func run() throws {
        let archive = DictionaryArchive(store: workplace.store)
        let info = try archive.info(params.dictionary)
        let model = try workplace.model(of: info)
        let pair = try archive.weights(info)
        let maps = MapArchive(store: workplace.store)
        let map = try params.map.map {
            try maps.featureMap(maps.info($0), of: pair, attn_scale: model.gpt2.configuration.attn_scale(info.layer))
        }
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
            access: workplace.access)
        let contexts = try workplace.contexts(corpus, model, T: info.context, limit: params.contexts)
        let evaluation = try workplace.evaluation(model, layer: info.layer, pair, map: map, on: contexts)
        var record = try evaluation.record().object ?? [:]
        record["corpus"] = .string(corpus.name)
        record["contexts"] = .integer(contexts.count)
        let measured = JSON.object(record)
        try workplace.finish(JobResult(dictionary: info.dictionary)) { writer in
            try DictionaryArchive.update(info.dictionary, in: &writer) { $0.evaluation = measured }
        }
    }
}
