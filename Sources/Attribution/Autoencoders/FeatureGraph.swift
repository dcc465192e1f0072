// Recursive attribution (specification 3.7), breadth first:
//
// 1. Begin with features or logits at tokens, the roots.
// 2. Take each apart into its parts (``FeaturePass/parts(of:at:)``). A part's share is its value over the total, which is the model's own
//    pre-activation or logit.
// 3. Keep the parts whose share's magnitude reaches the threshold, the strongest first, at most so many; each is a link to a node, one for
//    each subject and token. The others together are what was pruned.
// 4. Go on with the features among the new nodes until they are too deep, or there are too many, or too many links, or until taking the next
//    apart would be more work than is allowed; the first root is taken apart whatever that costs.
//
// The shares of the links into a node, and those of what was pruned, of errors, of biases and of rounding sum to 1 at every node. Links lead
// from what is written earlier to what is written later, so there are no cycles.

/// How features are traced.
public struct FeatureTraceSettings: Sendable {
    /// The most links into a node.
    public var most: Int
    /// The least magnitude of a share.
    public var threshold: Double
    /// The most links away from a root.
    public var depth: Int
    /// With so many nodes nothing more is taken apart, but for roots.
    public var nodes: Int
    /// With so many links nothing more is taken apart.
    public var links: Int
    /// The multiply-adds that taking everything apart may cost.
    public var work: Int

    /// With a node's own 1,000, a reply of a megabyte.
    public static let mostLinks = 10_000
    /// About a second's work.
    public static let mostWork = 1_000_000_000

    /// Settings.
    public init(
        most: Int = 5, threshold: Double = 0.05, depth: Int = 4, nodes: Int = 100, links: Int = mostLinks, work: Int = mostWork
    ) {
        (self.most, self.threshold, self.depth) = (most, threshold, depth)
        (self.nodes, self.links, self.work) = (nodes, links, work)
    }
}

/// What features are made of, down to the embeddings.
public struct FeatureGraph: Sendable {
    /// What a node is made of; the parts sum to the total.
    public struct Balance: Sendable {
        /// The model's own pre-activation or logit.
        public let total: Double
        /// What the links into the node add, and what other parts do.
        public let kept: Double, pruned: Double
        /// What dictionaries leave, and what biases add.
        public let error: Double, bias: Double
        /// The total less all of these: rounding.
        public let residual: Double
        /// Σ|parts|.
        public let magnitude: Double
        /// [T] of an attention-output feature, what each source gives to it; empty for everything else.
        public let sources: [Double]

        /// A value as a share of the total; 0 where the total is.
        public func share(_ value: Double) -> Double { total == 0 ? 0 : value / total }
    }

    /// A node.
    public struct Node: Sendable {
        /// What it stands for.
        public let subject: FeatureSubject
        /// At which token.
        public let position: Int
        /// The feature's activation; nil for what is no feature.
        public let activation: Float?
        /// How many links lead from it to the nearest root.
        public let depth: Int
        /// What it is made of; nil for what was not taken apart.
        public internal(set) var balance: Balance?
    }

    /// A link.
    public struct Link: Sendable {
        /// The node that writes, and the one that reads.
        public let upstream: Int, downstream: Int
        /// What it adds, and that as a share of the reader's total.
        public let value: Double, share: Double
    }

    /// The nodes.
    public private(set) var nodes: [Node] = []
    /// The links, those into one node together, the strongest first.
    public private(set) var links: [Link] = []
    /// The nodes at which it began.
    public private(set) var roots: [Int] = []
    /// Whether features were left alone because there were too many nodes or links, or because it would have been too much work.
    public private(set) var isTruncated = false

    private struct Key: Hashable {
        let subject: FeatureSubject
        let position: Int
    }
    private var places: [Key: Int] = [:]

    /// Traces features.
    ///
    /// - Parameters:
    ///   - roots: Features whose dictionaries are at hand, or logits, each at a token.
    ///   - pass: The prompt's pass.
    ///   - settings: How far.
    /// - Throws: ``GPT2Error``.
    public init(
        _ roots: [(subject: FeatureSubject, position: Int)], in pass: FeaturePass,
        _ settings: FeatureTraceSettings = FeatureTraceSettings()
    ) throws {
        self.roots = roots.map { node($0.subject, at: $0.position, depth: 0, pass) }
        var next = 0, spent = 0
        while next < nodes.count {
            defer { next += 1 }
            let node = nodes[next]
            guard node.depth < settings.depth, node.subject.isComposite else { continue }
            let work = pass.work(of: node.subject, at: node.position)
            guard nodes.count < settings.nodes || node.depth == 0, links.count < settings.links,
                spent == 0 || spent + work <= settings.work
            else {
                isTruncated = true
                continue
            }
            spent += work
            guard let parts = try pass.parts(of: node.subject, at: node.position) else { continue }
            let kept = settings.kept(parts)
            for part in kept {
                let upstream = self.node(part.subject, at: part.position, depth: node.depth + 1, pass)
                links.append(
                    Link(
                        upstream: upstream, downstream: next, value: part.value,
                        share: parts.total == 0 ? 0 : part.value / parts.total))
            }
            nodes[next].balance = Balance(parts, kept: kept)
        }
    }

    private mutating func node(_ subject: FeatureSubject, at position: Int, depth: Int, _ pass: FeaturePass) -> Int {
        let key = Key(subject: subject, position: position)
        if let place = places[key] { return place }
        nodes.append(
            Node(subject: subject, position: position, activation: pass.activation(subject, at: position), depth: depth))
        places[key] = nodes.count - 1
        return nodes.count - 1
    }
}

extension FeatureSubject {
    /// Whether it can be taken apart at all.
    var isComposite: Bool {
        switch self {
        case .attention, .residual, .logit: true
        case .embedding, .position, .mlp, .attentionOutput: false
        }
    }
}

extension FeatureTraceSettings {
    /// The parts that become links, the strongest first.
    func kept(_ parts: FeatureParts) -> [FeatureParts.Part] {
        let least = threshold * abs(parts.total)
        let strong = parts.parts.filter { abs($0.value) >= least && $0.value != 0 }
        return Array(strong.sorted { abs($0.value) > abs($1.value) }.prefix(most))
    }
}

extension FeatureGraph.Balance {
    fileprivate init(_ parts: FeatureParts, kept: [FeatureParts.Part]) {
        let sum = kept.reduce(0) { $0 + $1.value }
        let named = parts.parts.reduce(0) { $0 + $1.value }
        self.init(
            total: parts.total, kept: sum, pruned: named - sum, error: parts.error, bias: parts.bias, residual: parts.residual,
            magnitude: parts.magnitude, sources: parts.sources)
    }
}
