public import API
public import Circuits
private import JSON
private import Tokenizer

/// Traces prompts of one model as a call asks for it.
public struct PromptTracer {
    private let model: LoadedModel
    private let roots: [TraceRoot]?
    private let settings: TraceSettings
    private let decompositions: Tracer.Decompositions

    /// A tracer.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - roots: Looks of heads that it has; nil to begin with the prompts' answers.
    ///   - options: How looks are traced.
    ///   - decompositions: Gives a layer's decompositions in a form.
    public init(
        _ model: LoadedModel, roots: [TraceRoot]?, _ options: TraceOptions, _ decompositions: @escaping Tracer.Decompositions
    ) {
        (self.model, self.roots, self.decompositions) = (model, roots, decompositions)
        settings = TraceSettings(options)
    }

    /// Refuses a prompt that is longer than a trace reads.
    ///
    /// - Throws: `text_too_long`.
    public static func check(_ prompt: TracedPrompt) throws(APIError) {
        guard prompt.tokens.count > PromptPass.mostTokens else { return }
        throw APIError(
            .textTooLong, "the prompt has \(prompt.tokens.count) tokens; a trace reads at most \(PromptPass.mostTokens)",
            facts: ["tokens": .integer(prompt.tokens.count), "limit": .integer(PromptPass.mostTokens)])
    }

    /// The looks that roots name in a prompt.
    ///
    /// - Parameter pass: Says where a head looks most, if a root names no source.
    /// - Throws: `position_out_of_range`.
    public static func look(_ root: TraceRoot, in prompt: TracedPrompt, _ pass: PromptPass) throws(APIError) -> Look {
        let destination = try prompt.position(root.destination)
        guard let source = root.source else {
            return pass.strongestLook(layer: root.layer, head: root.head, destination: destination)
        }
        let position = try prompt.position(source)
        guard position <= destination else {
            throw APIError(
                .positionOutOfRange,
                "head \(root.layer).\(root.head) cannot look from token \(destination) at token \(position), which comes later",
                facts: ["destination": .integer(destination), "source": .integer(position)])
        }
        return Look(layer: root.layer, head: root.head, destination: destination, source: position)
    }

    /// Traces a prompt.
    ///
    /// - Throws: `position_out_of_range` if it lacks a token that a root names, `text_too_long`, and what the model and the decompositions
    ///   throw.
    public func graph(_ prompt: TracedPrompt) throws -> TraceGraphInfo {
        try Self.check(prompt)
        let pass = try PromptPass(model.gpt2, tokens: prompt.tokens)
        let graph: TraceGraph
        if let roots {
            let looks = try roots.map { try Self.look($0, in: prompt, pass) }
            graph = try Tracer.trace(looks, in: pass, settings, decompositions)
        } else if let answer = prompt.answer {
            graph = try Tracer.trace(answer, in: pass, settings, decompositions)
        } else {
            throw ParameterError("roots", "give 'roots', or prompts with answers, whose traces begin with what makes them likely")
        }
        return TraceGraphInfo(graph, of: prompt, model)
    }
}

extension TraceSettings {
    /// Settings as a call gives them.
    public init(_ options: TraceOptions) {
        let mode: SelectionMode =
            switch options.mode {
            case .score_sum: .score_sum
            case .relative_attention: .relative_attention
            case .softmax_greedy: .softmax_greedy
            }
        self.init(
            mode: mode, phi: options.phi, share: options.share,
            attentionThreshold: options.attention_threshold, mostDepth: options.max_depth,
            mostLinks: options.max_links, mostNodes: options.max_nodes, compat2024: options.compat2024)
    }
}

extension TraceGraphInfo {
    /// A graph as the wire has it.
    fileprivate init(_ graph: TraceGraph, of prompt: TracedPrompt, _ model: LoadedModel) {
        let bos = model.tokenizer.bos
        self.init(
            text: prompt.text, tokens: prompt.tokens.map(Int.init),
            pieces: prompt.tokens.map { (try? model.tokenizer.piece($0)) ?? "" }, roots: graph.roots,
            nodes: graph.nodes.map { node in TraceNode(node) { prompt.role($0, bos: bos) } },
            links: graph.links.map {
                TraceLink(upstream: $0.upstream, downstream: $0.downstream, side: TraceSide($0.side), weight: Float($0.weight))
            }, is_truncated: graph.isTruncated)
    }
}

extension TraceNode {
    fileprivate init(_ node: TraceGraph.Node, role: (Int) -> String?) {
        self.init(
            kind: .logits, position: node.position, role: role(node.position), attention: node.attention, attn_score: node.score,
            depth: node.depth, readings: node.readings.map(TraceReading.init))
        guard case .part(let part) = node.subject else { return }
        layer = part.layer
        switch part {
        case .embedding: kind = .embedding
        case .position: kind = .position
        case .bias: kind = .bias
        case .mlp: kind = .mlp
        case .offset: preconditionFailure("a head's own bias is no node")
        case .head(_, let head): (kind, self.head) = (.head, head)
        case .look(_, let head, let source):
            (kind, self.head, self.source, source_role) = (.look, head, source, role(source))
        }
    }
}

extension TraceReading {
    fileprivate init(_ reading: TraceGraph.Reading) {
        self.init(
            side: TraceSide(reading.side), terms: reading.terms, total: Float(reading.total), offset: Float(reading.offset),
            kept: Float(reading.kept), remainder: Float(reading.remainder), residual: Float(reading.residual))
    }
}

extension TraceSide {
    fileprivate init(_ side: LookSide?) {
        switch side {
        case .destination: self = .destination
        case .source: self = .source
        case nil: self = .logits
        }
    }
}
