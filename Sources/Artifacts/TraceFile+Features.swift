public import API

// A graph of features under circuit-tracer's names: a feature's node_id is LAYER_FEATURE_POSITION as there, with the site in front, because
// here a layer has features of two activations.

extension TraceFile {
    /// A graph of features.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - name: What it is called.
    ///   - model: The model's name.
    ///   - n_layers: How many layers it has.
    ///   - text: The prompt; empty if it was given as tokens.
    ///   - tokens: The tokens as the model read them.
    ///   - pieces: The text of each token.
    public init(
        _ graph: FeatureGraphInfo, name: String, model: String, n_layers: Int, text: String, tokens: [Int], pieces: [String]
    ) {
        self.init(
            nodes: graph.nodes.map { Node($0, token: tokens[$0.position], n_layers: n_layers) },
            links: graph.links.map {
                Link(source: $0.upstream, target: $0.downstream, side: nil, weight: $0.weight, prompts: nil, role: nil)
            },
            roots: graph.roots, name: name, model: model, text: text, pieces: pieces)
    }
}

extension TraceFile.Node {
    /// The features that circuit-tracer gives what is no feature.
    private static let none = -1

    fileprivate init(_ node: FeatureNode, token: Int, n_layers: Int) {
        let position = node.position, layer = node.layer ?? 0, feature = node.feature ?? Self.none, at = "at '\(node.piece)'"
        let (id, label, type, column): (String, String, String, String) =
            switch node.kind {
            case .attention_feature:
                ("z_\(layer)_\(feature)_\(position)", "z \(layer) feature \(feature) \(at)", "attention feature", "\(layer)")
            case .residual_feature:
                ("r_\(layer)_\(feature)_\(position)", "resid \(layer) feature \(feature) \(at)", "residual feature", "\(layer)")
            case .mlp: ("m_\(layer)_\(position)", "MLP \(layer) \(at)", "mlp output", "\(layer)")
            case .attention: ("a_\(layer)_\(position)", "attention \(layer) \(at)", "attention output", "\(layer)")
            case .embedding: ("E_\(token)_\(position)", "'\(node.piece)'", "embedding", "E")
            case .position: ("P_\(position)_\(position)", "position \(position)", "position embedding", "E")
            case .logit: ("\(n_layers + 1)_0_\(position)", "logit \(at)", "logit", "\(n_layers + 1)")
            }
        self.init(
            id: id, label: label, type: type, layer: column, position: position, feature: feature,
            isTarget: node.kind == .logit, activation: node.activation,
            remainders: node.balance.map {
                [("pruned", $0.pruned), ("error", $0.error), ("bias", $0.bias)]
            } ?? [])
    }
}
