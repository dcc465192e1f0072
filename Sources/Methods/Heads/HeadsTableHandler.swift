import API
import Artifacts
import Circuits
import Checkpoints
import GPT2
import Heads
import Tokenizer

/// `heads.table`: what the other methods know of each head, side by side.
struct HeadsTableHandler: MethodHandler {
    typealias M = HeadsTable
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let model = try await models.model(params.model), gpt2 = model.gpt2, c = gpt2.configuration
        let T = min(PatternMetrics.sinkRows * 2, c.n_ctx)
        let texts = try await HeadsMetricsHandler.repeated(
            model, count: params.contexts, T: T, seed: params.seed, prependsBOS: model.tokenizer.bos != nil, compute)
        let metrics = try await HeadsMetricsHandler.metrics(
            gpt2, texts, threshold: PatternMetrics.sinkThreshold, compute
        ).heads.enumerated().map { HeadFigures($1, number: $0, model) }
        var spectra: [SingularDecomposition] = []
        for layer in 0..<c.n_layers {
            spectra += try await compute.run { try decompositions.layer(model, layer, .plain).heads }
        }
        let retrieval = try await self.retrieval(params, model, in: call)
        var partners: [HeadInput: [HeadPlace: HeadPartner]] = [:]
        for input in HeadInput.allCases { partners[input] = try await self.partners(input, model) }
        var heads = metrics.enumerated().map { number, figures in
            let place = HeadPlace(layer: figures.layer, head: figures.head)
            return HeadFacts(
                figures, spectra[number], retrieval: retrieval?[number], q: partners[.q]?[place], k: partners[.k]?[place],
                v: partners[.v]?[place])
        }
        if let sort = params.sort {
            // A head without the figure comes last; equals stay in the order of the model.
            heads.sort { (first, second) in
                let (a, b) = (first[sort] ?? -.infinity, second[sort] ?? -.infinity)
                return a != b ? a > b : (first.layer, first.head) < (second.layer, second.head)
            }
        }
        return M.Result(model: model.name, heads: heads)
    }

    /// By head; nil without a text.
    private func retrieval(_ params: M.Params, _ model: LoadedModel, in call: Call) async throws -> [Double]? {
        if params.corpus == nil, !model.isEmbedded { return nil }
        let corpus = try Corpus(
            params.corpus, field: params.text_field, for: model, embeddedDirectory: models.embedded.path,
            access: rights.access(of: call))
        let plan = try await compute.run {
            try RetrievalPlan(HeadsRetrieval.Params(variant: .teacher_forced), model, corpus)
        }
        let trials = try await HeadsRetrievalHandler.outcome(plan, model.gpt2, .teacher_forced, compute).forced
        return (trials.first ?? []).indices.map { head in trials.reduce(0) { $0 + $1[head] } / Double(trials.count) }
    }

    /// Whose output each head reads most.
    private func partners(_ input: HeadInput, _ model: LoadedModel) async throws -> [HeadPlace: HeadPartner] {
        let layers = try LayerPairs(nil, nil, model)
        var best: [HeadPlace: HeadPartner] = [:]
        for scores in try await HeadsCompositionHandler.scores(model.gpt2, CompositionKind(input), layers, compute) {
            for pair in scores.pairs {
                let place = HeadPlace(layer: pair.to_layer, head: pair.to_head)
                if let known = best[place], known.score >= pair.score { continue }
                best[place] = HeadPartner(layer: pair.from_layer, head: pair.from_head, score: pair.score)
            }
        }
        return best
    }
}

extension HeadFacts {
    /// What is known of a head.
    fileprivate init(
        _ figures: HeadFigures, _ spectrum: SingularDecomposition, retrieval: Double?, q: HeadPartner?, k: HeadPartner?,
        v: HeadPartner?
    ) {
        self.init(
            layer: figures.layer, head: figures.head, greatest_singular_value: spectrum.s.first ?? 0,
            frobenius: Float(spectrum.frobenius), rank90: spectrum.rank90,
            participation_ratio: Float(spectrum.participationRatio), self_attention: figures.self_attention,
            previous_token: figures.previous_token, entropy: figures.entropy, distance_mean: figures.distance_mean,
            distance_variance: figures.distance_variance, induction: figures.induction,
            duplicate_token: figures.duplicate_token, sink: figures.sink, sink_rate: figures.sink_rate,
            retrieval: retrieval.map { Float($0) }, q_input: q, k_input: k, v_input: v)
    }

    /// A figure by its name.
    fileprivate subscript(column: HeadColumn) -> Float? {
        switch column {
        case .greatest_singular_value: greatest_singular_value
        case .frobenius: frobenius
        case .rank90: Float(rank90)
        case .participation_ratio: participation_ratio
        case .self_attention: self_attention
        case .previous_token: previous_token
        case .entropy: entropy
        case .distance_mean: distance_mean
        case .induction: induction
        case .duplicate_token: duplicate_token
        case .sink: sink
        case .retrieval: retrieval
        }
    }
}
