import API
import Artifacts
import Attribution
import Checkpoints
import GPT2
import Heads
import JSON
import Tasks
import Tensors
import Tokenizer

/// `heads.metrics`: batch by batch, so that other calls get their turn.
struct HeadsMetricsHandler: MethodHandler {
    typealias M = HeadsMetrics
    let models: ModelLibrary
    let compute: Compute
    let rights: Rights

    /// How long a context is where nothing says otherwise.
    private static let usualLength = 128

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), n_ctx = model.gpt2.configuration.n_ctx
        let T = params.context_length ?? min(Self.usualLength, n_ctx)
        guard T <= n_ctx else {
            throw APIError(
                .textTooLong, "context_length \(T) is more than the \(n_ctx) tokens that '\(model.name)' reads",
                facts: ["tokens": .integer(T), "n_ctx": .integer(n_ctx)])
        }
        let (name, texts) = try await texts(params, model, T: T, in: call)
        let metrics = try await Self.metrics(model.gpt2, texts, threshold: params.sink_threshold, compute)
        return M.Result(
            model: model.name, text: name, contexts: metrics.contexts, tokens: metrics.tokens,
            sink_threshold: params.sink_threshold, sink_rate: Float(metrics.sinkRate),
            heads: metrics.heads.enumerated().map { HeadFigures($1, number: $0, model) })
    }

    /// What is read, and what it is called.
    private func texts(
        _ params: M.Params, _ model: LoadedModel, T: Int, in call: Call
    ) async throws -> (name: String, texts: [[Int32]]) {
        let access = rights.access(of: call)
        switch (params.corpus, params.task) {
        case (_?, _?): throw ParameterError("task", "give 'corpus' or 'task', not both")
        case (let corpus?, nil):
            let corpus = try Corpus(
                corpus, field: params.text_field, for: model, embeddedDirectory: models.embedded.path, access: access)
            let contexts = try await compute.run { try corpus.contexts(model, T: T, limit: params.contexts) }
            return (corpus.name, try (0..<contexts.count).map { try contexts.context($0) })
        case (nil, let task?):
            let prompts = try await compute.run {
                try TaskPrompts(model: model, access: access).prompts(
                    task, count: params.contexts, seed: params.seed, prependsBOS: params.prepend_bos)
            }
            return (task, prompts.map(\.tokens))
        case (nil, nil):
            let texts = try await Self.repeated(
                model, count: params.contexts, T: T, seed: params.seed, prependsBOS: params.prepend_bos, compute)
            return ("repeated random tokens", texts)
        }
    }

    /// Contexts of random tokens that stand twice.
    ///
    /// - Throws: `tokenizer_unreadable` if there is no BOS to begin with, `text_too_long` if nothing fits twice.
    static func repeated(
        _ model: LoadedModel, count: Int, T: Int, seed: Int, prependsBOS: Bool, _ compute: Compute
    ) async throws -> [[Int32]] {
        let bos = try model.bos(wanted: prependsBOS), d_vocab = model.gpt2.configuration.d_vocab
        guard T >= (bos == nil ? 2 : 3), d_vocab >= 2 else {
            throw APIError(.textTooLong, "no token fits twice into a context of \(T)", facts: ["tokens": .integer(T)])
        }
        return try await compute.run {
            var generator = RandomGenerator(seed: UInt64(seed))
            return RepeatedTokens.contexts(count, T: T, d_vocab: d_vocab, bos: bos, &generator)
        }
    }

    /// The metrics on some texts.
    static func metrics(
        _ gpt2: GPT2Model, _ texts: [[Int32]], threshold: Double, _ compute: Compute
    ) async throws -> PatternMetrics {
        var metrics = PatternMetrics(gpt2.configuration, sinkThreshold: threshold)
        for batch in QuestionBatch.batches(texts.map { Question($0) }) {
            let before = metrics
            metrics = try await compute.run {
                var metrics = before
                try metrics.add(gpt2, batch.batch)
                return metrics
            }
        }
        return metrics
    }
}

extension LoadedModel {
    /// What stands at position 0, if anything shall.
    ///
    /// - Throws: `tokenizer_unreadable` if the vocabulary has nothing for it.
    func bos(wanted: Bool) throws -> Int32? {
        guard wanted else { return nil }
        guard let bos = tokenizer.bos else {
            throw APIError(
                .tokenizerUnreadable, "the vocabulary of '\(name)' has no BOS; pass prepend_bos: false",
                facts: ["model": .string(name)])
        }
        return bos
    }
}

extension HeadFigures {
    /// A head's metrics as the wire has them.
    init(_ metrics: HeadMetrics, number: Int, _ model: LoadedModel) {
        let n_heads = model.gpt2.configuration.n_heads
        // Shares that add up to one in single precision may exceed it by a rounding.
        let share = { (value: Double) in Float(min(1, value)) }
        self.init(
            layer: number / n_heads, head: number % n_heads, self_attention: share(metrics.selfAttention),
            previous_token: share(metrics.previousToken), entropy: Float(metrics.entropy),
            distance_mean: Float(metrics.distanceMean), distance_variance: Float(metrics.distanceVariance),
            induction: metrics.induction.map(share), duplicate_token: metrics.duplicateToken.map(share),
            sink: share(metrics.sink), sink_rate: share(metrics.sinkRate))
    }
}
