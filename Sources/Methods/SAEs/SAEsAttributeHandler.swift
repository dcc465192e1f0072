import API
import Artifacts
import Attribution
import JSON
import Dictionaries
import GPT2
import Tensors

/// `saes.attribute`.
struct SAEsAttributeHandler: MethodHandler {
    typealias M = SAEsAttribute
    let saes: SAELibrary
    let compute: Compute

    func handle(_ params: M.Params, in call: Call) async throws -> M.Result {
        let sae = try await saes.autoencoder(params.sae, of: .z, modelName: params.model)
        for feature in params.features ?? [] { try sae.check(feature: feature) }
        let residual = try await residual(params, for: sae)
        let prompt = try PreparedPrompt(params, model: sae.model)
        let destination = try prompt.position(params.destination, name: "destination")
        return try await compute.run {
            let sources = try FeatureSources(sae.model.gpt2, layer: sae.info.layer, sae.weights, tokens: prompt.tokens)
            let active = sources.features.range(destination).map { place in
                (feature: Int(sources.features.indices[place]), activation: sources.features.values[place])
            }
            let features =
                params.features
                ?? active.sorted { $0.activation > $1.activation }.prefix(params.top_k).map(\.feature)
            return M.Result(
                tokens: prompt.tokenNumbers, pieces: prompt.pieces, model: sae.model.name, sae: sae.info.sae,
                residual_sae: residual?.info.sae, layer: sae.info.layer, destination: destination,
                destination_piece: prompt.pieces[destination], active_features: active.count,
                features: try features.map { feature in
                    var found = try Self.described(
                        feature, sources, sae, residual, destination: destination, pieces: prompt.pieces, count: params.top_k)
                    if params.logits { try Self.addLogits(to: &found, sae, count: params.top_k) }
                    return found
                })
        }
    }

    /// The autoencoder of the residual stream, of the same layer and model.
    private func residual(_ params: M.Params, for sae: LoadedSAE) async throws -> LoadedSAE? {
        guard let name = params.residual_sae else { return nil }
        let residual = try await saes.autoencoder(name, of: .resid_pre, modelName: sae.model.name)
        guard residual.info.layer == sae.info.layer else {
            throw APIError(
                .saeUnsuited,
                "sparse autoencoder \(name) is of layer \(residual.info.layer), but \(sae.info.sae) is of layer \(sae.info.layer)",
                facts: ["sae": .string(name), "layer": .integer(residual.info.layer), "needed_layer": .integer(sae.info.layer)])
        }
        return residual
    }

    private static func described(
        _ feature: Int, _ sources: FeatureSources, _ sae: LoadedSAE, _ residual: LoadedSAE?, destination: Int, pieces: [String],
        count: Int
    ) throws -> SourceFeature {
        let H = sae.info.n_heads, shares = sources.attribution(feature, destination: destination)
        let bySource = (0...destination).map { source in shares[source * H..<(source + 1) * H].reduce(0, +) }
        let strongest = bySource.indices.sorted { abs(bySource[$0]) > abs(bySource[$1]) }.prefix(count)
        let pre = sources.pre(feature, at: destination), constant = sources.constant(feature), sum = bySource.reduce(0, +)
        return SourceFeature(
            feature: feature, activation: sources.activation(feature, at: destination), pre_activation: Float(pre),
            head_shares: FeatureEffects.headShares(sae.weights, feature: feature, n_heads: H).map { Float($0) },
            sources: strongest.map { source in
                SourceFeature.Source(
                    source: source, source_piece: pieces[source], contribution: Float(bySource[source]),
                    heads: shares[source * H..<(source + 1) * H].map { Float($0) })
            },
            sources_sum: Float(sum), constant: Float(constant), identity_residual: Float(sum + constant - pre),
            hop: try residual.map { residual in
                // The source that does most for the feature, not against it.
                let source = bySource.indices.max { bySource[$0] < bySource[$1] } ?? destination
                return hop(
                    try sources.hop(feature, destination: destination, source: source, through: residual.weights),
                    of: bySource[source], count: count)
            })
    }

    private static func hop(_ hop: ResidualHop, of contribution: Double, count: Int) -> SourceFeature.Hop {
        SourceFeature.Hop(
            source: hop.source,
            features: hop.features.sorted { abs($0.contribution) > abs($1.contribution) }.prefix(count).map {
                SourceFeature.Residual(
                    feature: Int($0.feature), activation: $0.activation, contribution: Float($0.contribution),
                    published: Float($0.published))
            },
            features_sum: Float(hop.features.reduce(0) { $0 + $1.contribution }), b_dec: Float(hop.b_dec),
            error: Float(hop.error), b_V: Float(hop.b_V), identity_residual: Float(hop.sum - contribution))
    }

    private static func addLogits(to found: inout SourceFeature, _ sae: LoadedSAE, count: Int) throws {
        let logits = try FeatureEffects.logits(sae.model.gpt2, layer: sae.info.layer, sae.weights, feature: found.feature)
        let order = logits.indices.sorted { logits[$0] > logits[$1] }
        func named(_ token: Int) -> SourceFeature.Logit {
            SourceFeature.Logit(token: token, piece: sae.model.piece(Int32(token)), value: logits[token])
        }
        found.raised = order.prefix(count).map(named)
        found.lowered = order.suffix(count).reversed().map(named)
    }
}
