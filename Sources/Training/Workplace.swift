import API
import Artifacts
import Attribution
import Dictionaries
import JSON
import Jobs
import Store
import Systemd
import Tensors
import Tokenizer

/// What a worker works with: its job's record, the store, and how models are found.
struct Workplace {
    let store: Store
    /// The job's identifier.
    let job: String
    /// The job's files.
    let directory: JobDirectory
    /// Whether this process computes the same bits as the job's first worker.
    let isBitIdentical: Bool
    /// How long after a checkpoint the next one is due.
    let checkpointInterval: Duration
    /// Where the embedded model lies.
    let embeddedModel: String
    /// The user whose job it is.
    let owner: Int
    /// Where the job's files may lie.
    let access: FileAccess
    /// When the job was queued, in milliseconds since 1970: with its name it says which job this is.
    let created: Int
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int

    /// The model of that name; the embedded one without a name.
    func model(_ name: String?) throws -> LoadedModel {
        let embedded = LoadedModel.name(ofDirectory: embeddedModel)
        if name == nil || name == embedded {
            return try LoadedModel(name: embedded, directory: .own(embeddedModel), isEmbedded: true)
        }
        guard let name, let record = try ModelRecords(store: store).model(name) else {
            throw APIError(.modelNotFound, "there is no model '\(name ?? "")'", facts: ["model": name.map { .string($0) } ?? nil])
        }
        return try LoadedModel(name: name, directory: record.directory, isEmbedded: false)
    }

    /// The model of a dictionary.
    ///
    /// - Throws: `dictionary_model_mismatch` if its name now stands for other weights.
    func model(of dictionary: DictionaryInfo) throws -> LoadedModel {
        let model = try model(dictionary.model)
        guard model.fingerprint == dictionary.model_fingerprint else {
            throw APIError(
                .dictionaryModelMismatch,
                "dictionary \(dictionary.dictionary) was trained on weights with fingerprint \(dictionary.model_fingerprint); "
                    + "'\(model.name)' has \(model.fingerprint)")
        }
        return model
    }

    /// The contexts of a text, in a file of the job's that a killed worker's successor finds again.
    ///
    /// - Parameter limit: As many as the job can use; nil for all.
    func contexts(_ corpus: Corpus, _ model: LoadedModel, T: Int, limit: Int?) throws -> Contexts {
        let block = 1 << 20, of = max(1, (corpus.size() + block - 1) / block)
        // A token is about four bytes of text.
        var reporter = ProgressReporter(stage: "tokenize", steps: of, tokensPerStep: block / 4)
        return try corpus.contexts(model, T: T, limit: limit, in: directory.path) { done, _ in
            try Termination.check()
            try reporter.report(min(done / block, of), metrics: [:])
        }
    }

    /// What a dictionary, and a map over it, reach on contexts; progress is told, and SIGTERM is heard, after each batch.
    func evaluation(
        _ model: LoadedModel, layer: Int, _ pair: TranscoderPair, map: FeatureMap?, on contexts: Contexts
    ) throws -> DictionaryEvaluation {
        var reporter = ProgressReporter(stage: "evaluation", steps: contexts.count, tokensPerStep: contexts.T)
        var evaluation = DictionaryEvaluation(model.gpt2, layer: layer, pair, map: map)
        for first in stride(from: 0, to: contexts.count, by: DictionaryEvaluation.batchSize) {
            try Termination.check()
            let range = first..<min(first + DictionaryEvaluation.batchSize, contexts.count)
            try evaluation.add(contexts.batch(range), T: contexts.T)
            var figures = ["metrics/l0_query": evaluation.L0_query, "metrics/l0_key": evaluation.L0_key]
            if let stage = evaluation.stages.first { figures["metrics/KL_logits"] = stage.logits.KL_logits }
            try reporter.report(range.upperBound, metrics: figures)
        }
        return evaluation
    }

    /// Publishes a result and ends the job, in one transaction: neither is ever seen without the other.
    func finish(_ result: JobResult, publish: (inout StoreWriter) throws -> Void) throws {
        let ended = now()
        FaultPoint.reached("before-publication")
        try whenThereIsRoom {
            try store.write { writer in
                try publish(&writer)
                try JobRecords.update(job, in: &writer) {
                    $0.state = .finished
                    $0.result = result
                    $0.ended_ms = ended
                }
            }
        }
        FaultPoint.reached("after-publication")
    }
}
