import API
import Artifacts
import GPT2
import JSON
import Jobs
import Store
import Tokenizer

/// The work of a `saes.evaluate` job.
///
/// Nothing is saved on the way: an interrupted evaluation begins anew.
struct SAEEvaluationJob {
    let workplace: Workplace
    let params: SAEsEvaluate.Params

    /// Runs the job to its end.
    func run() throws {
        let archive = SAEArchive(store: workplace.store), info = try archive.info(params.sae)
        let model = try workplace.model(info.model)
        guard model.fingerprint == info.model_fingerprint else {
            throw APIError(
                .dictionaryModelMismatch,
                "sparse autoencoder \(info.sae) was trained on weights with fingerprint \(info.model_fingerprint); '\(model.name)' "
                    + "has \(model.fingerprint)")
        }
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
            access: workplace.access)
        let contexts = try workplace.contexts(corpus, model, T: info.context, limit: params.contexts)
        let evaluation = try workplace.evaluation(
            model, info.site.activation(info.layer), try archive.weights(info), on: contexts)
        var record = evaluation.record.object ?? [:]
        record["corpus"] = .string(corpus.name)
        record["contexts"] = .integer(contexts.count)
        let measured = JSON.object(record)
        try workplace.finish(JobResult(saes: [info.sae])) { writer in
            try SAEArchive.update(info.sae, in: &writer) { $0.take(evaluation: measured) }
        }
    }
}
