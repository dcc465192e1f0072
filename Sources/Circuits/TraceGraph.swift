/// One entry of one attention pattern.
public struct Look: Hashable, Sendable {
    /// The head.
    public let layer: Int, head: Int
    /// The token that looks, and the one that is looked at.
    public let destination: Int, source: Int

    /// A look.
    public init(layer: Int, head: Int, destination: Int, source: Int) {
        (self.layer, self.head, self.destination, self.source) = (layer, head, destination, source)
    }
}

/// Why heads looked where they looked: parts of the residual stream, and what each contributes to the signals that the looks above it read.
///
/// A link goes from a lower block to a higher one, so there are no cycles.
public struct TraceGraph: Sendable {
    /// What a node stands for.
    public enum Subject: Hashable, Sendable {
        /// A part of the residual stream at the node's token.
        case part(StreamPart)
        /// The direction in the logits from which a trace began.
        case logits
    }

    /// A node.
    public struct Node: Sendable {
        /// What it stands for.
        public let subject: Subject
        /// The token at which it stands; of a look its destination.
        public let position: Int
        /// What a head gives the source, and the scaled score; nil for what is no look.
        public let attention: Float?, score: Float?
        /// How many links lead from it to the nearest root.
        public internal(set) var depth: Int
        /// What its signals consist of; empty for what was not traced further.
        public internal(set) var readings: [Reading] = []
    }

    /// One side of a look taken apart.
    public struct Reading: Sendable, Hashable {
        /// Which; nil for the logits.
        public let side: LookSide?
        /// The singular vectors of the signal; 0 for the logits.
        public let terms: Int
        /// What is taken apart: the signal that is read, or in the mode `softmax_greedy` the attention, and of the logits what all parts
        /// add to the answer's log-likelihood.
        public let total: Double
        /// What the head's own biases add to it.
        public let offset: Double
        /// What the links account for.
        public let kept: Double
        /// What is left: total − offset − kept.
        public var remainder: Double { total - offset - kept }
        /// How far all parts, kept or not, are from their sum: rounding, or a mistake.
        public let residual: Double
    }

    /// A link.
    public struct Link: Sendable, Hashable {
        /// The node that writes, and the node that reads.
        public let upstream: Int, downstream: Int
        /// At which of the reader's tokens; nil for the logits.
        public let side: LookSide?
        /// What it contributes.
        public let weight: Double
    }

    /// The nodes.
    public internal(set) var nodes: [Node] = []
    /// The links, those of one reader and side together, the greatest first.
    public internal(set) var links: [Link] = []
    /// The nodes from which the trace began.
    public internal(set) var roots: [Int] = []
    /// Whether looks were left alone because there were too many nodes already.
    public internal(set) var isTruncated = false
    private var places: [Key: Int] = [:]

    private struct Key: Hashable {
        let subject: Subject
        let position: Int
    }

    /// No nodes.
    init() {}

    /// The node of a subject at a token, made if there is none.
    mutating func node(_ subject: Subject, at position: Int, depth: Int, _ pass: PromptPass) -> Int {
        let key = Key(subject: subject, position: position)
        if let place = places[key] {
            nodes[place].depth = min(nodes[place].depth, depth)
            return place
        }
        var attention: Float?, score: Float?
        if case .part(.look(let layer, let head, let source)) = subject {
            let look = Look(layer: layer, head: head, destination: position, source: source)
            (attention, score) = (pass.attention(look), pass.score(look))
        }
        nodes.append(Node(subject: subject, position: position, attention: attention, score: score, depth: depth))
        places[key] = nodes.count - 1
        return nodes.count - 1
    }

    /// The look that a node stands for; nil for any other.
    public func look(_ node: Int) -> Look? {
        guard case .part(.look(let layer, let head, let source)) = nodes[node].subject else { return nil }
        return Look(layer: layer, head: head, destination: nodes[node].position, source: source)
    }
}
