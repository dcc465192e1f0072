public import API

/// What features or a logit are made of: below each node what adds to it, and below that what adds to that, down to the embeddings.
public struct FeatureGraphReport: Sendable {
    private let graph: FeatureGraphInfo
    private let answer: String?, wrong: String?
    /// The links into each node, by its place.
    private let incoming: [[FeatureLink]]

    /// A report.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - answer: The text of the token whose logit it began with, if it did.
    ///   - wrong: The text of the token whose logit was subtracted.
    public init(_ graph: FeatureGraphInfo, answer: String? = nil, wrong: String? = nil) {
        (self.graph, self.answer, self.wrong) = (graph, answer, wrong)
        var incoming = [[FeatureLink]](repeating: [], count: graph.nodes.count)
        for link in graph.links where incoming.indices.contains(link.downstream) { incoming[link.downstream].append(link) }
        self.incoming = incoming
    }

    /// The report as lines; a node that stands above already is named only.
    public func text(_ style: Style) -> String {
        var text = "", shown: Set<Int> = []
        for root in graph.roots where graph.nodes.indices.contains(root) {
            text += style.apply(.bold, to: name(graph.nodes[root])) + "\n" + block(root, style, indent: 2, &shown)
        }
        let nodes = graph.nodes.count == 1 ? "1 node" : "\(graph.nodes.count.grouped) nodes"
        let links = graph.links.count == 1 ? "1 link" : "\(graph.links.count.grouped) links"
        text += style.apply(.dim, to: "\(nodes), \(links); shares are of each node's own total, and sum to 100 %") + "\n"
        if graph.is_truncated {
            text +=
                style.apply(
                    .bad, to: "not everything: too many nodes or links, or too much work; --nodes and --links say how many")
                + "\n"
        }
        return text
    }

    private func block(_ place: Int, _ style: Style, indent: Int, _ shown: inout Set<Int>) -> String {
        let pad = String(repeating: " ", count: indent)
        shown.insert(place)
        guard let balance = graph.nodes[place].balance else { return "" }
        var text = pad + style.apply(.dim, to: self.text(balance)) + "\n"
        for link in incoming[place] {
            let writer = graph.nodes[link.upstream], isKnown = shown.contains(link.upstream) && writer.balance != nil
            text += "\(pad)\(link.share.percent(0).padded(to: 6, leading: true))  \(name(writer))"
            text += isKnown ? style.apply(.dim, to: "  (above)") + "\n" : "\n"
            if !isKnown { text += block(link.upstream, style, indent: indent + 8, &shown) }
        }
        return text
    }

    private func text(_ balance: FeatureBalance) -> String {
        let sources = (balance.sources ?? []).map { "\($0.source_piece.quotedPiece) \($0.share.percent(0))" }
        let from = sources.isEmpty ? "" : ", from " + sources.joined(separator: ", ")
        let isExact = balance.identity_residual.magnitude <= 1e-3 * max(1, balance.total.magnitude)
        return "\(balance.total.fixed(3))\(from): links \(balance.kept.percent(0)), pruned \(balance.pruned.percent(0)), "
            + "error \(balance.error.percent(0)), biases \(balance.bias.percent(0))"
            + (isExact ? "" : "; off by \(balance.identity_residual.scientific), more than rounding explains")
    }

    /// What a node is, in words.
    private func name(_ node: FeatureNode) -> String {
        let layer = node.layer ?? 0, feature = node.feature ?? 0, at = "at \(node.piece.quotedPiece) (\(node.position))"
        let activation = node.activation.map { ", active \($0.fixed(2))" } ?? ""
        switch node.kind {
        case .attention_feature: return "attention feature \(layer):\(feature) \(at)\(activation)"
        case .residual_feature: return "residual feature \(layer):\(feature) \(at)\(activation)"
        case .mlp: return "MLP \(layer) \(at)"
        case .attention: return "attention \(layer) \(at)"
        case .embedding: return "embedding of \(node.piece.quotedPiece) (\(node.position))"
        case .position: return "position \(node.position)"
        case .logit:
            let less = wrong.map { " less that of \($0.quotedPiece)" } ?? ""
            return "logit of \((answer ?? "").quotedPiece)\(less) after \(node.piece.quotedPiece) (\(node.position))"
        }
    }
}
