public import API

// Links of many prompts, brought together:
//
// 1. Two links are the same edge if the same head (or MLP, bias, embedding) writes at a token of the same name, having looked at a token of
//    the same name, and the same head reads it on the same side.
// 2. In the mode `score_sum` heads count as wholes, so what they looked at plays no part.
// 3. Within a prompt the links of an edge add up; over prompts their mean is taken of those that have it.
//
// *Source:* specification 2.4.

/// The links that prompts share.
public struct TraceEdges: Sendable {
    /// What a token is called that the task does not name.
    public static let unnamed = "other"

    private struct Key: Hashable {
        let kind: TraceNode.Kind
        let layer: Int?, head: Int?
        let sourceRole: String?
        let role: String
        let downstreamLayer: Int?, downstreamHead: Int?
        let side: TraceSide
    }

    private let mode: SignalMode
    private var sums: [Key: (prompts: Int, weight: Double)] = [:]

    /// No prompts yet.
    public init(mode: SignalMode) { self.mode = mode }

    /// Takes in a prompt's graph.
    public mutating func add(_ graph: TraceGraphInfo) {
        var own: [Key: Double] = [:]
        for link in graph.links {
            own[key(graph.nodes[link.upstream], graph.nodes[link.downstream], link.side), default: 0] += Double(link.weight)
        }
        for (key, weight) in own {
            let before = sums[key] ?? (0, 0)
            sums[key] = (before.prompts + 1, before.weight + weight)
        }
    }

    private func key(_ writer: TraceNode, _ reader: TraceNode, _ side: TraceSide) -> Key {
        let isWhole = mode == .score_sum && writer.kind == .look && side != .logits
        return Key(
            kind: isWhole ? .head : writer.kind, layer: writer.layer, head: writer.head,
            sourceRole: isWhole || writer.kind != .look ? nil : writer.source_role ?? Self.unnamed,
            role: writer.role ?? Self.unnamed, downstreamLayer: reader.layer, downstreamHead: reader.head, side: side)
    }

    /// The edges, the most frequent first, and among equals the greatest.
    public var edges: [TraceEdge] {
        let found = sums.map { key, sum in
            TraceEdge(
                kind: key.kind, layer: key.layer, head: key.head, source_role: key.sourceRole, role: key.role,
                downstream_layer: key.downstreamLayer, downstream_head: key.downstreamHead, side: key.side, prompts: sum.prompts,
                weight: Float(sum.weight / Double(sum.prompts)))
        }
        return found.sorted { ($0.prompts, $0.weight, $1.order) > ($1.prompts, $1.weight, $0.order) }
    }
}

extension TraceEdge {
    /// Everything but the figures, so that equals keep an order.
    fileprivate var order: String {
        "\(downstream_layer ?? -1).\(downstream_head ?? -1).\(side).\(kind).\(layer ?? -1).\(head ?? -1).\(role).\(source_role ?? "")"
    }
}
