import API
import Artifacts
import Attribution
import Checkpoints
import Circuits
import Dictionaries
import GPT2
import Tasks
import Tensors
import Tokenizer

/// `signals.agreement`: prompt by prompt, so that other calls are answered in between.
struct SignalsAgreementHandler: MethodHandler {
    typealias M = SignalsAgreement
    let dictionaries: DictionaryLibrary
    let models: ModelLibrary
    let decompositions: DecompositionLibrary
    let compute: Compute
    let rights: Rights

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let (dictionary, found) = try await dictionaries.named(map: params.map, dictionary: nil, modelName: params.model)
        guard let map = found else { preconditionFailure("no map under the name '\(params.map)', which was found") }
        let heads = try dictionary.model.heads(params.heads), n_heads = dictionary.model.gpt2.configuration.n_heads
        let question = try await question(params, dictionary.model, call)
        let frames = try await compute.run {
            let maps = try dictionary.model.gpt2.foldedQK(map.info.layer)
            return heads.map { AgreementFrame(maps, head: $0, n_heads: n_heads) }
        }
        let comparison = Comparison(
            dictionary: dictionary, map: map, mode: SelectionMode(params.mode), phi: params.phi, ends: question.ends,
            decompositions: decompositions)
        var means = heads.map { _ in AgreementMeans() }, sources: [Int]?
        for tokens in question.texts {
            let before = means
            (means, sources) = try await compute.run { try comparison.add(tokens, heads, frames, to: before) }
        }
        return M.Result(
            model: dictionary.model.name, map: map.info.map, dictionary: dictionary.info.dictionary, layer: map.info.layer,
            mode: params.mode, prompts: question.texts.count,
            heads: heads.indices.map { HeadAgreement(means[$0], head: heads[$0], source: sources?[$0]) })
    }

    /// What is read, and of a single prompt the ends of its looks.
    private struct Question: Sendable {
        let texts: [[Int32]]
        var ends: (destination: Int, source: Int?)?
    }

    private func question(_ params: M.Params, _ model: LoadedModel, _ call: Call) async throws -> Question {
        let given = [params.text != nil, params.tokens != nil, params.task != nil, params.corpus != nil]
        guard given.count(where: { $0 }) == 1 else {
            throw ParameterError("text", "give exactly one of 'text', 'tokens', 'task' and 'corpus'")
        }
        let access = rights.access(of: call)
        if let task = params.task {
            return try await compute.run {
                Question(
                    texts: try TaskPrompts(model: model, access: access).prompts(
                        task, count: params.count, seed: params.seed, prependsBOS: params.prepend_bos
                    ).map(\.tokens))
            }
        }
        if let corpus = params.corpus {
            return try await compute.run {
                let corpus = try Corpus(
                    corpus, field: params.text_field, for: model, embeddedDirectory: models.embedded.path, access: access)
                let T = min(Corpus.longestContext, model.gpt2.configuration.n_ctx)
                let contexts = try corpus.contexts(model, T: T, limit: params.contexts)
                return Question(texts: try (0..<contexts.count).map { try contexts.context($0) })
            }
        }
        let prompt = try PreparedPrompt(params, model: model)
        return Question(texts: [prompt.tokens], ends: try prompt.look(from: params.destination, at: params.source))
    }
}

/// What every look is compared with.
private struct Comparison: Sendable {
    let dictionary: LoadedDictionary
    let map: LoadedMap
    let mode: SelectionMode
    let phi: Double
    /// The ends of the one look of each head; nil for every look that fires.
    let ends: (destination: Int, source: Int?)?
    let decompositions: DecompositionLibrary

    /// Takes in a prompt.
    ///
    /// - Returns: The means, and of a single look the source of each head.
    func add(
        _ tokens: [Int32], _ heads: [Int], _ frames: [AgreementFrame], to means: [AgreementMeans]
    ) throws -> ([AgreementMeans], [Int]?) {
        let layer = map.info.layer, activations = try LayerActivations(dictionary.model.gpt2, layer: layer, tokens: tokens)
        let features = AttentionLook(activations, dictionary.pair)
        var means = means, sources: [Int] = []
        for (place, head) in heads.enumerated() {
            let sides = try [mode.destinationForm, mode.sourceForm].map {
                HeadTerms(activations, try decompositions.layer(dictionary.model, layer, $0), head: head)
            }
            func compare(_ destination: Int, _ source: Int?) -> Int {
                let look = SignalLook(sides[0], sides[1], destination: destination, source: source, mode: mode, phi: phi)
                means[place].add(
                    SignalAgreement(look, features, dictionary.pair, map: map.featureMap, frame: frames[place]))
                return look.source
            }
            guard let ends else {
                for destination in tokens.indices {
                    for source in 0...destination where sides[0].fires(mode, destination: destination, source: source) {
                        _ = compare(destination, source)
                    }
                }
                continue
            }
            sources.append(compare(ends.destination, ends.source))
        }
        return (means, ends == nil ? nil : sources)
    }
}

extension HeadAgreement {
    /// Means as the wire has them.
    fileprivate init(_ means: AgreementMeans, head: Int, source: Int?) {
        func figures(_ side: LookSide) -> AgreementFigures? {
            guard means.looks > 0 else { return nil }
            func mean(_ number: (SignalAgreement.End) -> Double) -> Float { Float(means.mean(side, number)) }
            return AgreementFigures(
                terms: mean { Double($0.terms) }, features: mean { Double($0.features) },
                signal_in_features: mean(\.signalInFeatures), signal_in_features_random: mean(\.signalInFeaturesByChance),
                features_in_signal: mean(\.featuresInSignal), features_in_signal_random: mean(\.featuresInSignalByChance))
        }
        self.init(
            head: head, source_position: source, looks: means.looks, looks_without_features: means.looksWithoutFeatures,
            destination: figures(.destination), source: figures(.source))
    }
}
