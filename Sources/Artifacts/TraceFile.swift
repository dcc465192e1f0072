public import API
private import JSON
public import Tensors

// A trace as other programs read it:
//
// - json: circuit-tracer's graph files, https://github.com/safety-research/circuit-tracer (`graph_models.py`): metadata, qParams, nodes with
//   node_id, feature, layer, ctx_idx, feature_type, token_prob, is_target_logit, run_idx, reverse_ctx_idx, jsNodeId, clerp, influence and
//   activation, and links with source, target and weight; ours have `side` besides, and nodes of features `remainders`.
// - graphml: http://graphml.graphdrawing.org/xmlns
// - dot: https://graphviz.org/doc/info/lang.html
//
// A node's influence is the share of the roots that passes through it: a root's is one over the number of roots, and each reader passes its
// own on to its writers in proportion to the magnitudes of their weights.

/// What a trace looks like to be drawn.
public struct TraceFile: Sendable {
    /// A node.
    struct Node: Sendable {
        let id: String, label: String, type: String
        /// The layer as circuit-tracer writes it: E for embeddings, and one past the last for logits.
        let layer: String
        let position: Int, feature: Int
        let isTarget: Bool
        let activation: Float?
        /// What the node is made of besides its links, by name, in shares.
        var remainders: [(name: String, share: Float)] = []
        var influence: Double = 0
    }

    /// A link between two nodes, by their places.
    struct Link: Sendable {
        let source: Int, target: Int
        /// At which of a look's tokens; nil where the reader is no look.
        let side: TraceSide?
        let weight: Float
        /// In how many prompts; nil in a graph of one.
        let prompts: Int?
        /// At which token, where nodes stand for several.
        let role: String?
    }

    /// How many nodes it has.
    public var nodeCount: Int { nodes.count }
    /// How many links it has.
    public var linkCount: Int { links.count }
    private var nodes: [Node]
    private let links: [Link]
    private let name: String, model: String, text: String, pieces: [String]

    /// One prompt's graph.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - name: What it is called.
    ///   - trace: The trace that it is of.
    public init(_ graph: TraceGraphInfo, name: String, of trace: TraceInfo) {
        (self.name, model, text, pieces) = (name, trace.model, graph.text, graph.pieces)
        nodes = graph.nodes.map { Node($0, graph, n_layers: trace.n_layers) }
        links = graph.links.map {
            Link(source: $0.upstream, target: $0.downstream, side: $0.side, weight: $0.weight, prompts: nil, role: nil)
        }
        setInfluences(roots: graph.roots)
    }

    /// What many prompts have in common: a node for each head, MLP and bias.
    public init(_ edges: [TraceEdge], of trace: TraceInfo) {
        (name, model, text, pieces) = (trace.trace, trace.model, "", [])
        var places: [String: Int] = [:], nodes: [Node] = []
        func place(_ node: Node) -> Int {
            if let place = places[node.id] { return place }
            nodes.append(node)
            places[node.id] = nodes.count - 1
            return nodes.count - 1
        }
        links = edges.map { edge in
            let isLogits = edge.side == .logits
            let reader = Node(
                isLogits ? .logits : .head, layer: edge.downstream_layer, head: edge.downstream_head, n_layers: trace.n_layers)
            let writer = Node(
                edge.kind == .look ? .head : edge.kind, layer: edge.layer, head: edge.head, n_layers: trace.n_layers)
            return Link(
                source: place(writer), target: place(reader), side: edge.side, weight: edge.weight, prompts: edge.prompts,
                role: edge.role)
        }
        self.nodes = nodes
        let writers = Set(links.map(\.source))
        setInfluences(roots: nodes.indices.filter { !writers.contains($0) })
    }

    /// A graph of other things.
    init(nodes: [Node], links: [Link], roots: [Int], name: String, model: String, text: String, pieces: [String]) {
        (self.nodes, self.links, self.name, self.model) = (nodes, links, name, model)
        (self.text, self.pieces) = (text, pieces)
        setInfluences(roots: roots)
    }

    private mutating func setInfluences(roots: [Int]) {
        var incoming = [Double](repeating: 0, count: nodes.count), outgoing: [Int: [Link]] = [:]
        for link in links {
            incoming[link.target] += Double(abs(link.weight))
            outgoing[link.source, default: []].append(link)
        }
        var known = [Double?](repeating: nil, count: nodes.count)
        func influence(_ node: Int) -> Double {
            if let value = known[node] { return value }
            var value = roots.contains(node) ? 1 / Double(roots.count) : 0
            for link in outgoing[node] ?? [] where incoming[link.target] > 0 {
                value += Double(abs(link.weight)) / incoming[link.target] * influence(link.target)
            }
            known[node] = value
            return value
        }
        for node in nodes.indices { nodes[node].influence = influence(node) }
    }
}

extension TraceFile {
    /// Whether a file could be written as things are; nothing stays behind.
    ///
    /// - Throws: `file_exists`, `file_unwritable`, `path_refused`.
    public static func check(_ path: GuardedPath) throws {
        do { _ = try ReplacementFile(path, replacing: false) } catch { throw APIError.unwritable(path, error) }
    }

    /// Writes the file.
    ///
    /// - Returns: Its size.
    /// - Throws: `file_exists`, `file_unwritable`, `path_refused`.
    public func write(_ format: TracesExport.Format, to path: GuardedPath) throws -> Int {
        let text =
            switch format {
            case .json: json.prettyText() + "\n"
            case .graphml: graphml
            case .dot: dot
            }
        do {
            var file = try ReplacementFile(path, replacing: false)
            try file.append(Array(text.utf8))
            try file.commit()
        } catch {
            throw APIError.unwritable(path, error)
        }
        return text.utf8.count
    }

    /// Under circuit-tracer's names.
    private var json: JSON {
        let nodes = self.nodes.map { node -> JSON in
            var object: JSONObject = [
                "node_id": .string(node.id), "feature": .integer(node.feature), "layer": .string(node.layer),
                "ctx_idx": .integer(node.position), "feature_type": .string(node.type), "token_prob": 0.0,
                "is_target_logit": .bool(node.isTarget), "run_idx": 0, "reverse_ctx_idx": 0, "jsNodeId": .string(node.id),
                "clerp": .string(node.label), "influence": .real(node.influence),
                "activation": node.activation.map { .real(Double($0)) } ?? nil,
            ]
            if !node.remainders.isEmpty {
                var shares = JSONObject()
                for (name, share) in node.remainders { shares[name] = .real(Double(share)) }
                object["remainders"] = .object(shares)
            }
            return .object(object)
        }
        let links = self.links.map { link -> JSON in
            var object: JSONObject = [
                "source": .string(self.nodes[link.source].id), "target": .string(self.nodes[link.target].id),
                "weight": .real(Double(link.weight)),
            ]
            if let side = link.side { object["side"] = .string(side.rawValue) }
            if let prompts = link.prompts { object["prompts"] = .integer(prompts) }
            if let role = link.role { object["role"] = .string(role) }
            return .object(object)
        }
        return [
            "metadata": [
                "slug": .string(name), "scan": .string(model), "transcoder_list": [],
                "prompt_tokens": .array(pieces.map { .string($0) }), "prompt": .string(text), "node_threshold": nil,
                "schema_version": 1,
            ], "qParams": ["pinnedIds": [], "supernodes": [], "linkType": "both", "clickedId": "", "sg_pos": ""],
            "nodes": .array(nodes), "links": .array(links),
        ]
    }

    private var graphml: String {
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">",
        ]
        var keys = [
            ("label", "node", "string"), ("type", "node", "string"), ("layer", "node", "string"), ("position", "node", "int"),
            ("influence", "node", "double"), ("weight", "edge", "double"), ("side", "edge", "string"), ("role", "edge", "string"),
            ("prompts", "edge", "int"),
        ]
        var remainders: [String] = []
        for name in nodes.flatMap({ $0.remainders.map(\.name) }) where !remainders.contains(name) { remainders.append(name) }
        keys += remainders.map { ($0, "node", "double") }
        for (key, owner, type) in keys {
            lines.append("  <key id=\"\(key)\" for=\"\(owner)\" attr.name=\"\(key)\" attr.type=\"\(type)\"/>")
        }
        lines.append("  <graph id=\"\(name.xml)\" edgedefault=\"directed\">")
        func data(_ key: String, _ value: String) -> String { "<data key=\"\(key)\">\(value.xml)</data>" }
        for node in nodes {
            lines.append(
                "    <node id=\"\(node.id)\">" + data("label", node.label) + data("type", node.type) + data("layer", node.layer)
                    + data("position", "\(node.position)") + data("influence", "\(node.influence)")
                    + node.remainders.map { data($0.name, "\($0.share)") }.joined() + "</node>")
        }
        for link in links {
            lines.append(
                "    <edge source=\"\(nodes[link.source].id)\" target=\"\(nodes[link.target].id)\">"
                    + data("weight", "\(link.weight)") + (link.side.map { data("side", $0.rawValue) } ?? "")
                    + (link.role.map { data("role", $0) } ?? "") + (link.prompts.map { data("prompts", "\($0)") } ?? "")
                    + "</edge>")
        }
        return (lines + ["  </graph>", "</graphml>", ""]).joined(separator: "\n")
    }

    private var dot: String {
        var lines = ["digraph \(name.quoted) {", "  rankdir=BT;", "  node [shape=box, fontname=\"Helvetica\"];"]
        for node in nodes {
            let shares = node.remainders.map { "\($0.name) \(($0.share * 100).rounded() / 100)" }
            // A line each: \n breaks one inside a quoted label.
            let label = node.label.quoted.dropLast() + shares.map { "\\n\($0)" }.joined() + "\""
            lines.append("  \(node.id.quoted) [label=\(label)];")
        }
        for link in links {
            let words = [link.role, link.side?.rawValue, "\(link.weight)", link.prompts.map { "\($0) prompts" }].compactMap { $0 }
            lines.append(
                "  \(nodes[link.source].id.quoted) -> \(nodes[link.target].id.quoted) [label=\(words.joined(separator: " ").quoted), "
                    + "weight=\(max(0, Int(link.weight.rounded(.up)))), style=\(link.side == .source ? "dashed" : "solid")];")
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }
}

extension TraceFile.Node {
    /// The features that circuit-tracer gives what is no feature.
    private static let mlp = -1, bias = -2

    /// A node of one prompt's graph.
    fileprivate init(_ node: TraceNode, _ graph: TraceGraphInfo, n_layers: Int) {
        let position = node.position, piece = graph.pieces[position]
        let token = graph.tokens[position], T = graph.tokens.count
        let layer = node.layer ?? 0, head = node.head ?? 0
        func part(_ id: String, _ label: String, _ type: String, _ layer: String, _ feature: Int) -> TraceFile.Node {
            TraceFile.Node(
                id: id, label: label, type: type, layer: layer, position: position, feature: feature,
                isTarget: node.kind == .logits, activation: node.attention)
        }
        switch node.kind {
        case .look:
            let source = node.source ?? 0, feature = head * T + source
            self = part(
                "\(layer)_\(feature)_\(position)", "\(layer).\(head) from '\(piece)' at '\(graph.pieces[source])'",
                "attention look",
                "\(layer)", feature)
        case .head:
            // Past every look's.
            let feature = graph.nodes.reduce(0) { max($0, ($1.head ?? 0) + 1) } * T + head
            self = part(
                "\(layer)_\(feature)_\(position)", "\(layer).\(head) at '\(piece)'", "attention head", "\(layer)", feature)
        case .mlp:
            self = part(
                "\(layer)_\(Self.mlp)_\(position)", "MLP \(layer) at '\(piece)'", "mlp output", "\(layer)", Self.mlp)
        case .bias: self = part("\(layer)_\(Self.bias)_\(position)", "b_O \(layer)", "attention bias", "\(layer)", Self.bias)
        case .embedding: self = part("E_\(token)_\(position)", "'\(piece)'", "embedding", "E", position)
        case .position: self = part("P_\(position)_\(position)", "position \(position)", "position embedding", "E", position)
        case .logits: self = part("\(n_layers + 1)_0_\(position)", "logits", "logit", "\(n_layers + 1)", 0)
        }
    }

    /// A node that stands for many prompts.
    fileprivate init(_ kind: TraceNode.Kind, layer: Int?, head: Int?, n_layers: Int) {
        let number = layer ?? 0
        func part(_ id: String, _ label: String, _ type: String, _ layer: String, _ feature: Int) -> TraceFile.Node {
            TraceFile.Node(
                id: id, label: label, type: type, layer: layer, position: 0, feature: feature, isTarget: kind == .logits,
                activation: nil)
        }
        switch kind {
        case .look, .head:
            let head = head ?? 0
            self = part("\(number)_\(head)_0", "\(number).\(head)", "attention head", "\(number)", head)
        case .mlp: self = part("\(number)_\(Self.mlp)_0", "MLP \(number)", "mlp output", "\(number)", Self.mlp)
        case .bias: self = part("\(number)_\(Self.bias)_0", "b_O \(number)", "attention bias", "\(number)", Self.bias)
        case .embedding: self = part("E_0_0", "embedding", "embedding", "E", 0)
        case .position: self = part("P_0_0", "position", "position embedding", "E", 0)
        case .logits: self = part("\(n_layers + 1)_0_0", "logits", "logit", "\(n_layers + 1)", 0)
        }
    }
}

extension String {
    /// The text inside XML; what XML 1.0 cannot say is left out.
    fileprivate var xml: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\t", "\n", "\r": text += "&#\(scalar.value);"
            default:
                if scalar.value >= 0x20, scalar.value < 0xFFFE || scalar.value > 0xFFFF { text.unicodeScalars.append(scalar) }
            }
        }
        return text
    }

    /// The text as a quoted identifier of dot.
    fileprivate var quoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\\\n"
            default: if scalar.value >= 0x20 { text.unicodeScalars.append(scalar) }
            }
        }
        return text + "\""
    }
}
