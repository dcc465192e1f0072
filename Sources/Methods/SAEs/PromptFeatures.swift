import API
import Artifacts
import Attribution
import Dictionaries
import GPT2
import JSON
import Tensors
import Tokenizer

/// A prompt that has been checked, and the autoencoders that take it apart.
struct PromptFeatures: Sendable {
    let prompt: PreparedPrompt
    /// Those of lower layers first.
    let saes: [LoadedSAE]

    /// Resolves a call's prompt and autoencoders.
    ///
    /// - Parameters:
    ///   - params: The call's parameters.
    ///   - asked: The autoencoders that it names; nil for the newest of each layer and activation.
    ///   - roots: Those that must be among them.
    ///   - library: Where they are.
    /// - Throws: What ``PreparedPrompt`` and ``SAELibrary/autoencoders(_:roots:modelName:)`` throw, `text_too_long` for more than is traced.
    init(_ params: some PromptParams, saes asked: [String]?, roots: [String], _ library: SAELibrary) async throws {
        let (model, saes) = try await library.autoencoders(asked, roots: roots, modelName: params.model)
        self.saes = saes
        prompt = try PreparedPrompt(params, model: model)
        guard prompt.tokens.count <= FeaturePass.mostTokens else {
            throw APIError(
                .textTooLong,
                "the prompt has \(prompt.tokens.count) tokens; features are traced in at most \(FeaturePass.mostTokens)",
                facts: ["tokens": .integer(prompt.tokens.count), "limit": .integer(FeaturePass.mostTokens)])
        }
    }

    /// The model's pass.
    ///
    /// - Throws: ``GPT2Error``.
    func pass() throws -> FeaturePass {
        var autoencoders = LayerAutoencoders()
        for sae in saes {
            if sae.info.site == .z {
                autoencoders.z[sae.info.layer] = sae.weights
            } else {
                autoencoders.resid_pre[sae.info.layer] = sae.weights
            }
        }
        return try FeaturePass(prompt.model.gpt2, autoencoders, tokens: prompt.tokens)
    }

    /// The names of the autoencoders.
    var names: [String] { saes.map(\.info.sae) }

    /// The autoencoder of a layer's activation.
    func sae(_ site: SAESite, _ layer: Int) -> LoadedSAE? { saes.first { $0.info.site == site && $0.info.layer == layer } }

    /// A token that a call names as the text that follows.
    ///
    /// - Throws: `task_unsuited` for a text of several tokens.
    func token(_ text: String) throws -> Int32 {
        let tokens = prompt.model.tokenizer.encode(text)
        guard tokens.count == 1 else {
            throw APIError(
                .taskUnsuited,
                "'\(text)' is \(tokens.count) tokens of '\(prompt.model.name)'; an answer is one (with its space, as in ' Mary')",
                facts: ["text": .string(text), "tokens": .integer(tokens.count)])
        }
        return tokens[0]
    }

    /// A logit, and the text of its token and of the one that is subtracted.
    struct Answer: Sendable {
        let subject: FeatureSubject
        let position: Int
        let piece: String, wrong: String?
    }

    /// The logit that a call asks about, or that of the token which the model expects most.
    ///
    /// - Parameters:
    ///   - answer: The token's text, if the call names it.
    ///   - wrong: The text of the token whose logit is subtracted.
    ///   - position: Where the answer would follow, counted from the start.
    ///   - pass: The model's pass.
    func answer(_ answer: String?, wrong: String?, at position: Int, in pass: FeaturePass) throws -> Answer {
        let token: Int32
        if let answer {
            token = try self.token(answer)
        } else {
            let logits = pass.logits(at: position)
            token = Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
        }
        let other = try wrong.map { try self.token($0) }
        return Answer(
            subject: .logit(token: token, against: other), position: position, piece: prompt.model.piece(token),
            wrong: other.map(prompt.model.piece))
    }

    /// A graph as the wire has it.
    func wire(_ graph: FeatureGraph) -> FeatureGraphInfo {
        FeatureGraphInfo(
            roots: graph.roots, nodes: graph.nodes.map { wire($0) },
            links: graph.links.map {
                FeatureLink(upstream: $0.upstream, downstream: $0.downstream, weight: Float($0.value), share: Float($0.share))
            },
            is_truncated: graph.isTruncated)
    }

    private func wire(_ node: FeatureGraph.Node) -> FeatureNode {
        var found = FeatureNode(
            kind: .logit, position: node.position, piece: prompt.model.piece(prompt.tokens[node.position]),
            activation: node.activation, depth: node.depth, balance: node.balance.map { wire($0) })
        switch node.subject {
        case .attention(let layer, let feature):
            (found.kind, found.layer, found.feature) = (.attention_feature, layer, feature)
            found.sae = sae(.z, layer)?.info.sae
        case .residual(let layer, let feature):
            (found.kind, found.layer, found.feature) = (.residual_feature, layer, feature)
            found.sae = sae(.resid_pre, layer)?.info.sae
        case .mlp(let layer): (found.kind, found.layer) = (.mlp, layer)
        case .attentionOutput(let layer): (found.kind, found.layer) = (.attention, layer)
        case .embedding: found.kind = .embedding
        case .position: found.kind = .position
        case .logit: found.kind = .logit
        }
        return found
    }

    /// Sources that are told of each node.
    private static let toldSources = 3

    private func wire(_ balance: FeatureGraph.Balance) -> FeatureBalance {
        let strongest = balance.sources.indices.sorted { abs(balance.sources[$0]) > abs(balance.sources[$1]) }
        let sources = strongest.prefix(Self.toldSources).filter { balance.sources[$0] != 0 }.map { source in
            FeatureBalance.Source(
                source: source, source_piece: prompt.model.piece(prompt.tokens[source]),
                share: Float(balance.share(balance.sources[source])))
        }
        return FeatureBalance(
            total: Float(balance.total), kept: Float(balance.share(balance.kept)), pruned: Float(balance.share(balance.pruned)),
            error: Float(balance.share(balance.error)), bias: Float(balance.share(balance.bias)),
            identity_residual: Float(balance.residual), sources: balance.sources.isEmpty ? nil : sources)
    }
}

extension FeatureTraceSettings {
    /// A call's options.
    init(_ options: FeatureTraceOptions) {
        self.init(
            most: options.max_links, threshold: options.threshold, depth: options.max_depth, nodes: options.max_nodes)
    }
}
