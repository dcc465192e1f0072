public import Attribution
private import GPT2
private import Tensors

// A trace (specification 2.3, 2.4, 2.6, 2.7):
//
// 1. It begins at looks that are given, or at the parts of the last token's stream that make an answer more likely than what would be wrong
//    (`TraceSeeds`), or in the mode `softmax_greedy` than the biases alone make it (`LikelihoodSeeds`).
// 2. Layer by layer, the highest first, each look that fires is taken apart: what its signal consists of on either side.
//    - `score_sum` and `relative_attention`: the signal is read linearly (`SignalReading`), so the parts of the stream contribute to it and
//      sum to it; the greatest, until they exceed a share of the sum (`ContributionRule`), become links.
//    - `softmax_greedy`: parts are credited with what the attention falls by when they are taken from the scores (`GreedyCredit`).
// 3. A part that a head moved from one token is itself a look, of a lower layer, and is taken apart in its turn, if it fires.
//    In the mode `score_sum` heads count as wholes, as they do in its source: the look is the one that fires, if one does.
//
// All links lead from a lower layer to a higher one, so the graph has no cycles, and by the time a layer's turn comes all of its looks are
// known.

/// How a trace is made.
public struct TraceSettings: Sendable, Hashable {
    /// How the terms of a look are selected, and what its links weigh.
    public var mode: SelectionMode
    /// Of `score_sum`, the share of the score that the kept terms have to exceed.
    public var phi: Double
    /// The share of a signal that links have to exceed.
    ///
    /// *Source:* specification 2.4.
    public var share: Double
    /// The attention below which a look is not taken apart; nil for what the mode's authors took.
    public var attentionThreshold: Double?
    /// How many links a trace may be away from its roots.
    public var mostDepth: Int
    /// The most links of each side of a look.
    public var mostLinks: Int
    /// With so many nodes no further look is taken apart.
    public var mostNodes: Int
    /// Of `score_sum`: what the head's biases add is counted with every head, and divided by σ, as the code of 2024 did.
    public var compat2024: Bool

    /// Settings.
    public init(
        mode: SelectionMode = .relative_attention, phi: Double = 1, share: Double = 0.7, attentionThreshold: Double? = nil,
        mostDepth: Int = 16, mostLinks: Int = 32, mostNodes: Int = 500, compat2024: Bool = false
    ) {
        (self.mode, self.phi, self.share, self.attentionThreshold) = (mode, phi, share, attentionThreshold)
        (self.mostDepth, self.mostLinks, self.mostNodes, self.compat2024) = (mostDepth, mostLinks, mostNodes, compat2024)
    }
}

/// Traces looks of one model to what makes them.
public struct Tracer {
    /// Gives a layer's decompositions in a form.
    public typealias Decompositions = (_ layer: Int, _ form: QKForm) throws -> LayerDecompositions

    private let settings: TraceSettings
    private let pass: PromptPass
    private let decompositions: Decompositions
    private var graph = TraceGraph()
    /// By layer, the looks to be taken apart, and all that ever were on that list.
    private var waiting: [Int: [Int]] = [:], queued: Set<Int> = []

    /// Looks of one layer whose signals are multiplied with the stream at once: 128 directions at most.
    private static let looksAtOnce = 64
    /// Contributions below this share of what is read are rounding of single precision, and no links.
    private static let leastShare = 1e-5

    private init(_ pass: PromptPass, _ settings: TraceSettings, _ decompositions: @escaping Decompositions) {
        (self.pass, self.settings, self.decompositions) = (pass, settings, decompositions)
    }

    /// Traces looks.
    ///
    /// - Parameters:
    ///   - looks: Where the trace begins; one that does not fire is a node without links.
    ///   - pass: The prompt's pass.
    ///   - settings: How.
    ///   - decompositions: Gives a layer's decompositions in a form.
    /// - Throws: ``GPT2Error``, and what `decompositions` throws.
    /// - Complexity: 4·D² flops for each look taken apart and layer below it, and the contributions of layers · H · T parts; in the mode
    ///   `softmax_greedy` rank times as much for each head, and rank · layers · H · T parts for each look.
    public static func trace(
        _ looks: [Look], in pass: PromptPass, _ settings: TraceSettings, _ decompositions: @escaping Decompositions
    ) throws -> TraceGraph {
        var tracer = Tracer(pass, settings, decompositions)
        for look in looks { tracer.begin(look) }
        try tracer.run()
        return tracer.graph
    }

    /// Traces what makes an answer more likely than what would be wrong; in the mode `softmax_greedy`, than the biases alone make it.
    ///
    /// - Parameter answer: The answer, whose logit is compared with the mean of the wrong ones'; `softmax_greedy` takes its log-likelihood.
    /// - Throws: As the other does.
    public static func trace(
        _ answer: Answer, in pass: PromptPass, _ settings: TraceSettings, _ decompositions: @escaping Decompositions
    ) throws -> TraceGraph {
        var tracer = Tracer(pass, settings, decompositions)
        if settings.mode == .softmax_greedy {
            tracer.begin(try LikelihoodSeeds(of: answer.right, pass))
        } else {
            tracer.begin(try TraceSeeds(answer, pass))
        }
        try tracer.run()
        return tracer.graph
    }

    private mutating func begin(_ look: Look) {
        let part = StreamPart.look(layer: look.layer, head: look.head, source: look.source)
        let node = graph.node(.part(part), at: look.destination, depth: 0, pass)
        guard !graph.roots.contains(node) else { return }
        graph.roots.append(node)
        enqueue(node)
    }

    private mutating func begin(_ seeds: TraceSeeds) {
        let root = graph.node(.logits, at: pass.T - 1, depth: 0, pass)
        graph.roots.append(root)
        let kept = ContributionRule(share: 1, keepsHalves: true).kept(seeds.contributions)
        add(Array(kept.prefix(settings.mostLinks)), to: root, side: nil, token: pass.T - 1)
        graph.nodes[root].readings = [
            TraceGraph.Reading(
                side: nil, terms: 0, total: seeds.total, offset: seeds.offset, kept: kept.reduce(0) { $0 + $1.value },
                residual: seeds.total - seeds.offset - seeds.contributions.reduce(0) { $0 + $1.value })
        ]
    }

    private mutating func begin(_ seeds: LikelihoodSeeds) {
        let root = graph.node(.logits, at: pass.T - 1, depth: 0, pass)
        graph.roots.append(root)
        let kept = Array(
            seeds.credits.filter { $0.value > 0 }.sorted { $0.value > $1.value }.prefix(settings.mostLinks))
        add(kept, to: root, side: nil, token: pass.T - 1)
        graph.nodes[root].readings = [
            TraceGraph.Reading(
                side: nil, terms: 0, total: seeds.total, offset: 0, kept: kept.reduce(0) { $0 + $1.value },
                residual: seeds.residual)
        ]
    }

    /// Puts a look that fires on the list of its layer.
    private mutating func enqueue(_ node: Int) {
        guard !queued.contains(node), let look = graph.look(node), fires(look) else { return }
        if graph.nodes.count >= settings.mostNodes {
            graph.isTruncated = true
        } else if graph.nodes[node].depth < settings.mostDepth {
            waiting[look.layer, default: []].append(node)
            queued.insert(node)
        }
    }

    /// Whether a look is worth taking apart, as the mode's authors have it unless a threshold is set.
    private func fires(_ look: Look) -> Bool {
        let attention = Double(pass.attention(look)), uniform = 1 / Double(look.destination + 1)
        switch settings.mode {
        case .score_sum:
            return attention >= settings.attentionThreshold ?? 0.5 && pass.score(look) >= 0 && look.source != 0
        case .relative_attention:
            // A first token has no other source to be compared with.
            return attention >= settings.attentionThreshold ?? uniform && look.destination > 0
        case .softmax_greedy: return attention >= threshold(look) && look.destination > 0
        }
    }

    /// Below which attention a look is no look any more.
    private func threshold(_ look: Look) -> Double {
        settings.attentionThreshold ?? HeadTerms.greedyThreshold(look.destination)
    }
}

extension Tracer {
    private mutating func run() throws {
        for layer in (0..<pass.layers.count).reversed() {
            guard let nodes = waiting.removeValue(forKey: layer) else { continue }
            let byHead = Dictionary(grouping: nodes) { graph.look($0)?.head ?? 0 }.sorted { $0.key < $1.key }
            if settings.mode == .softmax_greedy {
                for (head, nodes) in byHead { try credit(nodes, layer: layer, head: head) }
            } else {
                var looks: [(node: Int, reading: SignalReading)] = []
                for (head, nodes) in byHead { looks += try readings(nodes, layer: layer, head: head) }
                for first in stride(from: 0, to: looks.count, by: 2 * Self.looksAtOnce) {
                    try link(Array(looks[first..<min(first + 2 * Self.looksAtOnce, looks.count)]), layer: layer)
                }
            }
        }
    }

    /// What looks of one head read on either side.
    private func readings(_ nodes: [Int], layer: Int, head: Int) throws -> [(node: Int, reading: SignalReading)] {
        let activations = pass.layers[layer].attention, mode = settings.mode
        let terms = HeadTerms(activations, try decompositions(layer, mode.destinationForm), head: head)
        let others =
            mode.sourceForm == mode.destinationForm
            ? terms : HeadTerms(activations, try decompositions(layer, mode.sourceForm), head: head)
        return nodes.flatMap { node -> [(node: Int, reading: SignalReading)] in
            guard let look = graph.look(node) else { return [] }
            let parts = SignalLook(
                terms, others, destination: look.destination, source: look.source, mode: mode, phi: settings.phi)
            return LookSide.allCases.compactMap { side in SignalReading(parts, side, pass).map { (node, $0) } }
        }
    }

    /// Links looks with the parts that contribute most to what they read.
    private mutating func link(_ looks: [(node: Int, reading: SignalReading)], layer: Int) throws {
        let products = try PartProjections(pass, before: layer, directions: looks.flatMap(\.reading.direction))
        for (direction, (node, reading)) in looks.enumerated() {
            guard let look = graph.look(node) else { continue }
            let token = reading.side == .destination ? look.destination : look.source
            let all = products.contributions(direction: direction, weights: reading.weights)
            let residual = reading.total - reading.offset - all.reduce(0) { $0 + $1.value }
            var candidates = all
            if settings.mode == .score_sum { candidates = wholeHeads(all, reading, look) }
            let floor = Self.leastShare * abs(reading.total)
            let kept = ContributionRule(share: settings.share).kept(candidates.filter { abs($0.value) > floor }).filter { part in
                // What the other sources' own looks would see after this one: no look of this token.
                if case .look(_, _, let source) = part.part { source <= token } else { true }
            }
            let linked = Array(kept.prefix(settings.mostLinks))
            add(linked, to: node, side: reading.side, token: token)
            graph.nodes[node].readings.append(
                TraceGraph.Reading(
                    side: reading.side, terms: reading.terms, total: reading.total, offset: reading.offset,
                    kept: linked.reduce(0) { $0 + $1.value }, residual: residual))
        }
    }

    /// Heads as wholes, and nothing else.
    private func wholeHeads(_ parts: [PartContribution], _ reading: SignalReading, _ look: Look) -> [PartContribution] {
        var sums: [StreamPart: Double] = [:]
        for part in parts {
            if case .look(let layer, let head, _) = part.part { sums[.head(layer: layer, head: head), default: 0] += part.value }
        }
        let token = reading.side == .destination ? look.destination : look.source
        let quirk = settings.compat2024 ? reading.offset * Double(reading.weights[token]) : 0
        return sums.map { PartContribution($0.key, $0.value + quirk) }
    }

    /// Links looks of one head with the parts that their attention rests on.
    private mutating func credit(_ nodes: [Int], layer: Int, head: Int) throws {
        let terms = HeadTerms(pass.layers[layer].attention, try decompositions(layer, .plain), head: head)
        let products = try GreedyCredit.HeadProducts(pass, terms)
        for node in nodes {
            guard let look = graph.look(node) else { continue }
            for side in LookSide.allCases {
                let token = side == .destination ? look.destination : look.source
                let found = GreedyCredit(look, side, products, pass, threshold: threshold(look))
                let offset = found.credits.first { $0.part == .offset }?.value ?? 0
                let linked = found.credits.filter { part in
                    if case .look(_, _, let source) = part.part, source > token { return false }
                    return part.part != .offset && part.value > 0
                }.prefix(settings.mostLinks)
                add(Array(linked), to: node, side: side, token: token)
                graph.nodes[node].readings.append(
                    TraceGraph.Reading(
                        side: side, terms: found.terms, total: found.attention, offset: offset,
                        kept: linked.reduce(0) { $0 + $1.value }, residual: found.residual))
            }
        }
    }

    /// Links a node with parts at a token, whose turn comes with their layer.
    private mutating func add(_ parts: [PartContribution], to downstream: Int, side: LookSide?, token: Int) {
        let depth = graph.nodes[downstream].depth + 1
        for part in parts {
            let node = graph.node(.part(resolved(part.part, token)), at: token, depth: depth, pass)
            graph.links.append(TraceGraph.Link(upstream: node, downstream: downstream, side: side, weight: part.value))
            enqueue(node)
        }
    }

    /// A head as a whole stands for the look that fires, if one does.
    private func resolved(_ part: StreamPart, _ token: Int) -> StreamPart {
        guard case .head(let layer, let head) = part else { return part }
        let look = pass.strongestLook(layer: layer, head: head, destination: token)
        return fires(look) ? .look(layer: layer, head: head, source: look.source) : part
    }
}
