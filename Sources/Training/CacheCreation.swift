import API
import Artifacts
import GPT2
import JSON
import Jobs
import Store
import Systemd
import Tensors
import Tokenizer

// `caches.create`:
//
// 1. The contexts of the text, in a file of the job's.
// 2. A cache among the job's files, or the one that a killed worker has begun; contexts go through the model in batches that begin at
//    multiples of `batch_sequences` whatever has been committed, so that the numbers do not depend on interruptions.
// 3. The finished cache is moved to its place; then its description and the job's end become visible in one transaction.

/// The work of a `caches.create` job.
struct CacheCreation {
    let workplace: Workplace
    let params: CachesCreate.Params

    /// What a cache says of itself.
    private struct Provenance: Encodable {
        let model: String
        let model_fingerprint: String
        let corpus: String
        let text_field: String?
        let contexts: Int
        let job: String
    }

    /// Runs the job to its end.
    func run() throws {
        let archive = CacheArchive(store: workplace.store), id = CacheArchive.id(ofJob: workplace.job)
        let model = try workplace.model(params.model)
        let plan = try CachePlan(params, model: model)
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: workplace.embeddedModel,
            access: workplace.access)
        let place = archive.directory(id), workshop = workplace.directory.path + "/cache"
        if !ActivationCache.isFinished(place) {
            if !ActivationCache.isFinished(workshop) { try write(workshop, plan, corpus, model) }
            FaultPoint.reached("cache-before-move")
            try ActivationCache.move(workshop, to: place)
        }
        FaultPoint.reached("cache-after-move")
        let info = try info(id, place, model, corpus)
        try workplace.finish(JobResult(cache: id)) { writer in try CacheArchive.publish(info, in: &writer) }
    }

    private func write(_ directory: String, _ plan: CachePlan, _ corpus: Corpus, _ model: LoadedModel) throws {
        let contexts = try workplace.contexts(corpus, model, T: plan.T, limit: params.contexts)
        let provenance = Provenance(
            model: model.name, model_fingerprint: model.fingerprint, corpus: corpus.name, text_field: params.text_field,
            contexts: contexts.count, job: workplace.job)
        let shape = plan.shape(document: try JSON(encoding: provenance).bytes())
        var writer = try ActivationCacheWriter(directory: directory, shape: shape)
        if writer.committed > 0 {
            let resumption = WorkerMessage.Resumption(step: writer.committed, bit_identical: workplace.isBitIdentical)
            try ProgressReporter.send(WorkerMessage(resumed: resumption))
        }
        try fill(&writer, plan, contexts, model)
        FaultPoint.reached("cache-before-finish")
        try writer.finish()
    }

    private func fill(
        _ writer: inout ActivationCacheWriter, _ plan: CachePlan, _ contexts: Contexts, _ model: LoadedModel
    ) throws {
        let B = params.batch_sequences, T = plan.T, all = Set(plan.names)
        let steps = (contexts.count + B - 1) / B, start = writer.committed, first = start / B
        var reporter = ProgressReporter(stage: "cache", steps: steps, tokensPerStep: B * T, firstStep: first)
        for step in first..<steps {
            try Termination.check()
            let range = step * B..<min((step + 1) * B, contexts.count)
            // Of the first batch, a killed worker may have committed a part.
            let known = max(0, start - range.lowerBound)
            let found = try model.gpt2.forward(
                TokenBatch(try contexts.batch(range), B: range.count, T: T), capture: all)
            let batch = zip(plan.names, plan.widths).map { name, width in
                let values = found[name].values
                return known == 0 ? values : Array(values[known * T * width..<values.count])
            }
            let before = writer.committed
            try writer.append(batch)
            if writer.committed > before {
                FaultPoint.reached("cache-committed")
                try ProgressReporter.send(WorkerMessage(checkpoint: writer.committed))
            }
            try reporter.report(step + 1, metrics: ["contexts": Double(writer.committed)])
        }
    }

    private func info(_ id: String, _ place: String, _ model: LoadedModel, _ corpus: Corpus) throws -> CacheInfo {
        let cache = try ActivationCache(directory: place)
        return CacheInfo(
            cache: id, model: model.name, model_fingerprint: model.fingerprint, corpus: corpus.name,
            text_field: params.text_field,
            activations: cache.shape.activations.map { CachedActivation(name: $0.name, width: $0.width) },
            context: cache.shape.T, contexts: cache.sequences, dtype: params.dtype, disk_bytes: cache.fileBytes, path: place,
            created_ms: workplace.now(), job: workplace.job, owner_uid: workplace.owner)
    }
}
