import API
import Artifacts
import Attribution
import Tensors

/// `saes.explore`.
struct SAEsExploreHandler: MethodHandler {
    typealias M = SAEsExplore
    let saes: SAELibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        guard params.by == .logit || (params.answer == nil && params.wrong == nil) else {
            throw ParameterError("by", "'answer' and 'wrong' are asked about with by: \"logit\"")
        }
        let asked = try await PromptFeatures(params, saes: params.saes, roots: [], saes)
        let position = try params.position.map { try asked.prompt.position($0, name: "position") }
        try Self.check(params, asked, isOneToken: position != nil || params.by == .logit)
        return try await saes.turns.run {
            var read = asked
            let pass = try await read.pass(compute), features = read
            let (told, root) = try await compute.run { try Self.told(params, features, pass, at: position) }
            guard params.trace, let root else { return told }
            return try await compute.run {
                var result = told
                result.graph = features.wire(try FeatureGraph([root], in: pass, FeatureTraceSettings(params.options)))
                return result
            }
        }
    }

    /// Features that one reply tells: 5 of each of 256 tokens and 24 autoencoders, less than 10 MB with their sources.
    private static let mostTold = 32_000

    /// - Throws: A parameter error for more than is told.
    private static func check(_ params: M.Params, _ features: PromptFeatures, isOneToken: Bool) throws {
        let tokens = isOneToken ? 1 : features.prompt.tokens.count, count = features.saes.count * tokens * params.top_k
        guard count > mostTold else { return }
        throw ParameterError(
            "top_k",
            "\(params.top_k) features of \(features.saes.count) autoencoders at \(tokens) tokens are \(count); a reply tells at most "
                + "\(mostTold): ask for fewer, name fewer 'saes', or one 'position'")
    }

    private static func told(
        _ params: M.Params, _ features: PromptFeatures, _ pass: FeaturePass, at position: Int?
    ) throws -> (M.Result, (FeatureSubject, Int)?) {
        let prompt = features.prompt, tokens = position.map { $0...$0 } ?? 0...pass.T - 1
        var result = M.Result(
            tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: prompt.model.name, by: params.by, places: [])
        switch params.by {
        case .activation:
            let exploration = Exploration(features: features, pass: pass, count: params.top_k, tokens: tokens.count)
            result.places = features.saes.flatMap { sae in tokens.map { exploration.place(sae, at: $0) } }
            return (result, exploration.strongest(at: tokens.upperBound))
        case .logit:
            let exploration = Exploration(features: features, pass: pass, count: params.top_k, tokens: 1)
            let answer = try features.answer(params.answer, wrong: params.wrong, at: tokens.upperBound, in: pass)
            result.places = try features.saes.map { try exploration.place($0, for: answer) }
            result.logit = try exploration.sum(answer)
            return (result, (answer.subject, answer.position))
        }
    }
}

/// What is told of a prompt's features.
private struct Exploration {
    let features: PromptFeatures
    let pass: FeaturePass
    let count: Int
    /// Whether there are so few features that their sources are found.
    let findsSources: Bool

    /// Sources that are told of each feature.
    private static let toldSources = 3

    /// - Parameter tokens: How many are told of.
    init(features: PromptFeatures, pass: FeaturePass, count: Int, tokens: Int) {
        (self.features, self.pass, self.count) = (features, pass, count)
        let ofAttention = features.saes.filter { $0.site == .z }
        let work = ofAttention.reduce(0) { $0 + tokens * count * pass.T * $1.d_in }
        findsSources = work <= SAEsExplore.mostSourceWork
    }

    /// The most active features of an autoencoder at a token.
    func place(_ sae: SAEInfo, at position: Int) -> ExploredPlace {
        let active = active(sae, at: position)
        let strongest = active.sorted { $0.activation > $1.activation }.prefix(count)
        return described(
            sae, position, active.count,
            strongest.map {
                ExploredPlace.Feature(
                    feature: $0.feature, activation: $0.activation, sources: sources(sae, $0.feature, at: position))
            })
    }

    /// The features of an autoencoder that add most to a logit.
    func place(_ sae: SAEInfo, for answer: PromptFeatures.Answer) throws -> ExploredPlace {
        guard case .logit(let token, let other) = answer.subject else {
            preconditionFailure("an answer is a logit, not \(answer.subject)")
        }
        let layer = sae.layer, position = answer.position
        let effects =
            sae.site == .z
            ? try pass.directEffects(ofAttention: layer, on: token, against: other, at: position)
            : pass.directEffects(ofResidual: layer, on: token, against: other, at: position)
        guard let effects else { preconditionFailure("\(sae.sae) is not in the pass that was made with it") }
        let strongest = effects.features.sorted { abs($0.value) > abs($1.value) }.prefix(count)
        var place = described(
            sae, position, effects.features.count,
            strongest.map {
                ExploredPlace.Feature(
                    feature: $0.feature, activation: $0.activation, attribution: Float($0.value),
                    sources: sources(sae, $0.feature, at: position))
            })
        place.attribution = ExploredPlace.Attribution(
            features: Float(effects.sum - effects.error - effects.bias), error: Float(effects.error), bias: Float(effects.bias))
        return place
    }

    /// What a logit is the sum of.
    func sum(_ answer: PromptFeatures.Answer) throws -> LogitSum {
        guard let parts = try pass.parts(of: answer.subject, at: answer.position) else {
            preconditionFailure("\(answer.subject) cannot be taken apart")
        }
        var sum = LogitSum(
            position: answer.position, answer: answer.piece, wrong: answer.wrong, total: Float(parts.total),
            attention_features: 0, attention: 0, mlp: 0, embedding: 0, position_embedding: 0, error: Float(parts.error),
            bias: Float(parts.bias), identity_residual: Float(parts.residual))
        for part in parts.parts {
            let value = Float(part.value)
            switch part.subject {
            case .attention: sum.attention_features += value
            case .attentionOutput: sum.attention += value
            case .mlp: sum.mlp += value
            case .embedding: sum.embedding += value
            case .position: sum.position_embedding += value
            // A logit reads what layers write; residual features are another way to say the same.
            case .residual, .logit: break
            }
        }
        return sum
    }

    /// The most active attention-output feature of the highest layer, or of the residual stream if there is none.
    func strongest(at position: Int) -> (FeatureSubject, Int)? {
        let ordered = features.saes.filter { $0.site == .resid_pre } + features.saes.filter { $0.site == .z }
        for sae in ordered.reversed() {
            guard let feature = active(sae, at: position).max(by: { $0.activation < $1.activation })?.feature else { continue }
            let layer = sae.layer
            return (
                sae.site == .z ? .attention(layer: layer, feature: feature) : .residual(layer: layer, feature: feature),
                position
            )
        }
        return nil
    }

    private func active(_ sae: SAEInfo, at position: Int) -> [(feature: Int, activation: Float)] {
        let layer = sae.layer
        let found =
            sae.site == .z ? pass.attentionFeatures(layer, at: position) : pass.residualFeatures(layer, at: position)
        return found ?? []
    }

    private func sources(_ sae: SAEInfo, _ feature: Int, at position: Int) -> [FeatureBalance.Source]? {
        guard findsSources, sae.site == .z, let given = pass.sources(sae.layer, feature, at: position) else { return nil }
        let total = Double(pass.activation(.attention(layer: sae.layer, feature: feature), at: position) ?? 0)
        guard total > 0 else { return [] }
        return given.indices.sorted { abs(given[$0]) > abs(given[$1]) }.prefix(Self.toldSources).filter { given[$0] != 0 }.map {
            FeatureBalance.Source(
                source: $0, source_piece: features.prompt.model.piece(features.prompt.tokens[$0]),
                share: Float(given[$0] / total))
        }
    }

    private func described(
        _ sae: SAEInfo, _ position: Int, _ active: Int, _ told: [ExploredPlace.Feature]
    ) -> ExploredPlace {
        ExploredPlace(
            sae: sae.sae, site: sae.site, layer: sae.layer, position: position,
            piece: features.prompt.model.piece(features.prompt.tokens[position]), active_features: active, features: told)
    }
}
