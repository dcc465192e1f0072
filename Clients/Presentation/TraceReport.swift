public import API

/// Why heads looked where they looked: the looks, what each reads on either side, and what that consists of, down to the embeddings.
public struct TraceReport: Sendable {
    private let graph: TraceGraphInfo
    /// The links into each node, by its place.
    private let incoming: [[TraceLink]]

    /// A report on one prompt's graph.
    public init(_ graph: TraceGraphInfo) {
        self.graph = graph
        var incoming = [[TraceLink]](repeating: [], count: graph.nodes.count)
        for link in graph.links where incoming.indices.contains(link.downstream) { incoming[link.downstream].append(link) }
        self.incoming = incoming
    }

    /// The report as lines: below each look what it reads, and below that what writes it; a look that stands above already is named only.
    public func text(_ style: Style) -> String {
        var text = graph.text.isEmpty ? "" : style.apply(.dim, to: graph.text.visiblePiece) + "\n"
        var shown: Set<Int> = []
        for root in graph.roots { text += block(root, style, indent: 0, &shown) }
        let nodes = graph.nodes.count == 1 ? "1 node" : "\(graph.nodes.count.grouped) nodes"
        let links = graph.links.count == 1 ? "1 link" : "\(graph.links.count.grouped) links"
        text += style.apply(.dim, to: "\(nodes), \(links)") + "\n"
        if graph.is_truncated {
            text += style.apply(.bad, to: "not everything: there were too many nodes; --nodes and --links say how many") + "\n"
        }
        return text
    }

    private func block(_ place: Int, _ style: Style, indent: Int, _ shown: inout Set<Int>) -> String {
        let node = graph.nodes[place], pad = String(repeating: " ", count: indent)
        var text = indent == 0 ? style.apply(.bold, to: name(node)) + figures(node) + "\n" : ""
        shown.insert(place)
        if node.readings.isEmpty, indent == 0 { text += "  does not look there enough to be taken apart\n" }
        for reading in node.readings {
            text += "\(pad)  \(style.apply(reading.side == .source ? .key : .query, to: title(reading, node)))\n"
            for link in incoming[place] where link.side == reading.side {
                let writer = graph.nodes[link.upstream]
                let isKnown = shown.contains(link.upstream) && !writer.readings.isEmpty
                text += "\(pad)    \(link.weight.fixed(3).padded(to: 8, leading: true))  \(name(writer))\(figures(writer))"
                text += isKnown ? style.apply(.dim, to: "  (above)") + "\n" : "\n"
                if !isKnown, !writer.readings.isEmpty { text += block(link.upstream, style, indent: indent + 8, &shown) }
            }
        }
        return text
    }

    /// What a node is, in words.
    private func name(_ node: TraceNode) -> String {
        let layer = node.layer ?? 0
        switch node.kind {
        case .look:
            return
                "\(layer).\(node.head ?? 0) from \(token(node.position, node.role)) at \(token(node.source ?? 0, node.source_role))"
        case .head: return "\(layer).\(node.head ?? 0) at \(token(node.position, node.role))"
        case .mlp: return "MLP \(layer) at \(token(node.position, node.role))"
        case .bias: return "b_O \(layer)"
        case .embedding: return "embedding of \(token(node.position, node.role))"
        case .position: return "position \(node.position)"
        case .logits: return "answer after \(token(node.position, node.role))"
        }
    }

    private func token(_ position: Int, _ role: String?) -> String {
        let piece = graph.pieces.indices.contains(position) ? graph.pieces[position].visiblePiece : "?"
        return "\(piece) (\(role ?? "\(position)"))"
    }

    private func figures(_ node: TraceNode) -> String { node.attention.map { ", attention \($0.percent())" } ?? "" }

    private func title(_ reading: TraceReading, _ node: TraceNode) -> String {
        let place =
            switch reading.side {
            case .destination: "reads at \(token(node.position, node.role))"
            case .source: "reads at \(token(node.source ?? 0, node.source_role))"
            case .logits: "logit difference"
            }
        var title = "\(place): \(reading.total.fixed(3))"
        if reading.terms > 0 { title += " by \(reading.terms) singular vector\(reading.terms == 1 ? "" : "s")" }
        if reading.offset != 0 { title += ", biases \(reading.offset.fixed(3))" }
        return title + ", links \(reading.kept.fixed(3)), remainder \(reading.remainder.fixed(3))"
    }
}

/// What the traces of many prompts have in common.
public struct TraceEdgeReport: Sendable {
    private let edges: [TraceEdge]
    private let prompts: Int

    /// A report.
    ///
    /// - Parameters:
    ///   - edges: The edges.
    ///   - prompts: Of how many prompts.
    public init(_ edges: [TraceEdge], prompts: Int) { (self.edges, self.prompts) = (edges, prompts) }

    /// The report as lines.
    public func text(_ style: Style) -> String {
        guard !edges.isEmpty else { return "no links\n" }
        var table = Table([
            .numbers("prompts"), .numbers("weight"), .words("writes"), .words("at"), .words("having looked at"),
            .words("read by"),
            .words("as"),
        ])
        for edge in edges {
            table.add([
                Table.Cell("\(edge.prompts)", edge.prompts * 2 >= prompts ? .bold : nil), Table.Cell(edge.weight.fixed(3)),
                Table.Cell(writer(edge)), Table.Cell(edge.role), Table.Cell(edge.source_role ?? ""),
                Table.Cell(edge.downstream_layer.map { "\($0).\(edge.downstream_head ?? 0)" } ?? "logits"),
                Table.Cell(edge.side.rawValue, edge.side == .source ? .key : .query),
            ])
        }
        return table.text(style)
    }

    private func writer(_ edge: TraceEdge) -> String {
        switch edge.kind {
        case .look, .head: "\(edge.layer ?? 0).\(edge.head ?? 0)"
        case .mlp: "MLP \(edge.layer ?? 0)"
        case .bias: "b_O \(edge.layer ?? 0)"
        case .embedding: "embedding"
        case .position: "position"
        case .logits: "logits"
        }
    }
}
