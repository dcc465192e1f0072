import API
import Artifacts
import Attribution
import JSON
import Tensors

/// `saes.explain_look`.
struct SAEsExplainLookHandler: MethodHandler {
    typealias M = SAEsExplainLook
    let saes: SAELibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let sae = try await saes.autoencoder(params.sae, of: .resid_pre, modelName: params.model)
        let heads = try sae.model.heads(params.head.map { [$0] })
        let prompt = try PreparedPrompt(params, model: sae.model)
        let destination = try prompt.position(params.destination, name: "destination")
        let source = try params.source.map { try prompt.position($0, name: "source") }
        if let source, source > destination {
            throw APIError(
                .positionOutOfRange, "source \(source) comes after destination \(destination); a head looks back only",
                facts: ["source": .integer(source), "destination": .integer(destination)])
        }
        return try await compute.run {
            let look = try ResidualLook(sae.model.gpt2, layer: sae.info.layer, sae.weights, tokens: prompt.tokens)
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: sae.model.name, sae: sae.info.sae,
                layer: sae.info.layer, destination: destination, destination_piece: prompt.pieces[destination],
                heads: heads.map { head in
                    let source = source ?? look.strongestSource(head: head, destination: destination)
                    return Self.explanation(
                        look, head: head, destination: destination, source: source, piece: prompt.pieces[source],
                        count: params.top_k)
                })
        }
    }

    private static func explanation(
        _ look: ResidualLook, head: Int, destination: Int, source: Int, piece: String, count: Int
    ) -> LookExplanation {
        let found = look.decomposition(head: head, destination: destination, source: source)
        let magnitude = max(found.magnitude, .leastNormalMagnitude)
        let strongest = found.pairs.sorted { abs($0.contribution) > abs($1.contribution) }.prefix(count)
        return LookExplanation(
            head: head, source: source, source_piece: piece, attn_score: Float(found.score),
            pattern: look.pattern.values[(head * look.T + destination) * look.T + source],
            pairs: strongest.map { pair in
                PairPart(
                    query_feature: Int(pair.query), key_feature: Int(pair.key), query_activation: pair.queryActivation,
                    key_activation: pair.keyActivation, contribution: Float(pair.contribution),
                    share: Float(abs(pair.contribution) / magnitude),
                    pattern_effect: Float(look.effect(of: pair, head: head, destination: destination, source: source)))
            },
            parts: found.blocks.map {
                LookPart(
                    query: $0.query.wire, key: $0.key.wire, value: Float($0.value), is_softmax_irrelevant: $0.isSoftmaxIrrelevant)
            },
            feature_pairs: found.pairs.count, feature_pairs_sum: Float(found.pairs.reduce(0) { $0 + $1.contribution }),
            query_features: marginals(found.queryFeatures, count), key_features: marginals(found.keyFeatures, count),
            bias_share: Float(found.biasShare), error_share: Float(found.errorShare), identity_residual: Float(found.residual))
    }

    private static func marginals(_ features: [ScoreDecomposition.Marginal], _ count: Int) -> [FeatureMarginal] {
        features.sorted { abs($0.contribution) > abs($1.contribution) }.prefix(count).map {
            FeatureMarginal(feature: Int($0.feature), activation: $0.activation, contribution: Float($0.contribution))
        }
    }
}

extension ResidualDecomposition.Term {
    /// The term's name on the wire.
    fileprivate var wire: LookPart.Term {
        switch self {
        case .feature: .feature
        case .b_dec: .b_dec
        case .error: .error
        case .projection_bias: .projection_bias
        }
    }
}
