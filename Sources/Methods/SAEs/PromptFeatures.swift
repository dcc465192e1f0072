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
    private(set) var saes: [SAEInfo]
    /// Those that the call names; the others may be gone when their turn comes.
    private let named: Set<String>
    private let library: SAELibrary

    /// What a pass keeps of autoencoders' rows and activations, in bytes.
    private static let mostBytes = 1 << 30
    /// Active features over all tokens and autoencoders: 160 for each of 256 tokens and 24 autoencoders.
    private static let mostActive = 1_000_000

    /// Resolves a call's prompt and autoencoders; no weights are read yet.
    ///
    /// - Parameters:
    ///   - params: The call's parameters.
    ///   - asked: The autoencoders that it names; nil for the newest of each layer and activation.
    ///   - roots: Those that must be among them.
    ///   - library: Where they are.
    /// - Throws: What ``PreparedPrompt`` and ``SAELibrary/autoencoders(_:roots:modelName:)`` throw, `text_too_long` for more than is traced.
    init(_ params: some PromptParams, saes asked: [String]?, roots: [String], _ library: SAELibrary) async throws {
        let (model, saes) = try await library.autoencoders(asked, roots: roots, modelName: params.model)
        (self.saes, self.library) = (saes, library)
        named = Set((asked ?? []) + roots)
        prompt = try PreparedPrompt(params, model: model)
        try prompt.checkTraceable()
    }

    /// The model's pass, encoded by one autoencoder after another.
    ///
    /// Between two of them other calls compute. Of each no more is kept than the rows of the features that are active, and of those that will be asked about.
    ///
    /// One that the call does not name, and that has been deleted meanwhile, is left out of ``saes``.
    ///
    /// - Parameters:
    ///   - features: Features that will be asked about, active or not, by autoencoder.
    ///   - compute: Where it is computed.
    /// - Throws: ``GPT2Error``, `sae_not_found`, `out_of_memory` for more active features than are kept.
    mutating func pass(keeping features: [String: [Int]] = [:], _ compute: Compute) async throws -> FeaturePass {
        let prompt = self.prompt, sites = Set(saes.map(\.passSite))
        var pass = try await compute.run { try FeaturePass(prompt.model.gpt2, sites: sites, tokens: prompt.tokens) }
        var read: [SAEInfo] = []
        for info in saes {
            let weights: Autoencoder
            do {
                weights = try await library.weightsInPassing(info)
            } catch let error as APIError where error.kind == .saeNotFound && !named.contains(info.sae) {
                continue
            }
            let current = pass, kept = features[info.sae] ?? []
            let encoding = try await compute.run { current.encoding(weights, of: info.passSite, keeping: kept) }
            pass.take(encoding, of: info.passSite)
            read.append(info)
            try Self.check(pass, by: read.count, of: saes.count)
        }
        guard !read.isEmpty else { throw SAELibrary.none(prompt.model) }
        saes = read
        return pass
    }

    private static func check(_ pass: FeaturePass, by count: Int, of all: Int) throws(APIError) {
        let bytes = pass.encodedBytes, active = pass.activeFeatures
        guard bytes > mostBytes || active > mostActive else { return }
        throw APIError(
            .outOfMemory,
            "after \(count) of \(all) sparse autoencoders \(active) features are active in \(pass.T) tokens and take \(bytes) bytes; at most "
                + "\(mostActive) and \(mostBytes) are kept: name fewer autoencoders with 'saes', or give a shorter text",
            facts: [
                "active_features": .integer(active), "limit": .integer(mostActive), "bytes": .integer(bytes),
                "limit_bytes": .integer(mostBytes),
            ])
    }

    /// The names of the autoencoders.
    var names: [String] { saes.map(\.sae) }

    /// The autoencoder of a layer's activation.
    func sae(_ site: SAESite, _ layer: Int) -> SAEInfo? { saes.first { $0.site == site && $0.layer == layer } }

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
    /// - Throws: `task_unsuited` for a text of several tokens, and for one token that is both.
    func answer(_ answer: String?, wrong: String?, at position: Int, in pass: FeaturePass) throws -> Answer {
        let token: Int32
        if let answer {
            token = try self.token(answer)
        } else {
            let logits = pass.logits(at: position)
            token = Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
        }
        let other = try wrong.map { try self.token($0) }
        if other == token {
            let piece = prompt.model.piece(token)
            throw APIError(
                .taskUnsuited, "'\(piece)' is both the answer and what is subtracted, and so the difference is nothing",
                facts: ["text": .string(piece), "token": .integer(Int(token))])
        }
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
            found.sae = sae(.z, layer)?.sae
        case .residual(let layer, let feature):
            (found.kind, found.layer, found.feature) = (.residual_feature, layer, feature)
            found.sae = sae(.resid_pre, layer)?.sae
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

extension SAEInfo {
    /// Where a pass has what it takes apart.
    fileprivate var passSite: FeaturePass.Site { site == .z ? .z(layer) : .resid_pre(layer) }
}

extension PreparedPrompt {
    /// Refuses a prompt in which features are not traced: that takes memory and work by the square of its length.
    ///
    /// - Throws: `text_too_long`.
    func checkTraceable() throws(APIError) {
        guard tokens.count > FeaturePass.mostTokens else { return }
        throw APIError(
            .textTooLong, "the prompt has \(tokens.count) tokens; features are traced in at most \(FeaturePass.mostTokens)",
            facts: ["tokens": .integer(tokens.count), "limit": .integer(FeaturePass.mostTokens)])
    }
}
