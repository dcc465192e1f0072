public import Circuits
internal import GPT2

/// What traces of prompts come to, so far.
struct TraceTally: Sendable {
    /// By prompt.
    private(set) var differences: [Double] = []
    /// By root, in how many prompts it fires.
    private(set) var fired: [Int]
    /// In how many traces a link is, and what it contributes in all of them together.
    private(set) var links: [TraceGoldens.Link: (traces: Int, sum: Double)] = [:]
    /// The places that any prompt has.
    private(set) var places: Set<Int> = []

    /// What the published traces were made with; nothing is cut off.
    ///
    /// *Source:* specification 2.2 to 2.4.
    private static let settings = TraceSettings(
        mode: .score_sum, mostDepth: .max, mostLinks: .max, mostNodes: .max, compat2024: true)

    /// Nothing yet.
    init(roots: Int) { fired = Array(repeating: 0, count: roots) }

    /// Traces one more prompt, from each root by itself.
    mutating func add(
        _ prompt: TraceGoldens.Prompt, _ model: GPT2Model, _ roots: [TraceGoldens.Root],
        _ decompositions: @escaping Tracer.Decompositions
    ) throws {
        let pass = try PromptPass(model, tokens: prompt.tokens)
        differences.append(pass.logit(prompt.right) - pass.logit(prompt.wrong))
        for (place, position) in prompt.positions.enumerated() where position >= 0 { places.insert(place) }
        for (number, root) in roots.enumerated() {
            let (destination, source) = (prompt.positions[root.destination], prompt.positions[root.source])
            guard 0 <= source, source <= destination else { continue }
            let look = Look(layer: root.place.layer, head: root.place.head, destination: destination, source: source)
            let graph = try Tracer.trace([look], in: pass, Self.settings, decompositions)
            guard graph.roots.contains(where: { !graph.nodes[$0].readings.isEmpty }) else { continue }
            fired[number] += 1
            var own: [TraceGoldens.Link: Double] = [:]
            for link in graph.links { if let key = Self.link(link, graph, prompt) { own[key, default: 0] += link.weight } }
            for (link, value) in own {
                let before = links[link] ?? (0, 0)
                links[link] = (before.traces + 1, before.sum + value)
            }
        }
    }

    /// A link between heads at a token with a name.
    private static func link(
        _ link: TraceGraph.Link, _ graph: TraceGraph, _ prompt: TraceGoldens.Prompt
    ) -> TraceGoldens.Link? {
        let writer = graph.nodes[link.upstream]
        guard let side = link.side, let reader = graph.look(link.downstream), let head = writer.head,
            let place = prompt.positions.firstIndex(of: writer.position)
        else { return nil }
        return TraceGoldens.Link(
            writer: head, reader: HeadPlace(layer: reader.layer, head: reader.head), place: place, side: side)
    }
}

extension TraceGraph.Node {
    /// The head that wrote it.
    fileprivate var head: HeadPlace? {
        switch subject {
        case .part(.look(let layer, let head, _)), .part(.head(let layer, let head)): HeadPlace(layer: layer, head: head)
        default: nil
        }
    }
}

extension SelfTest {
    /// Traces a prompt of those whose traces are known.
    ///
    /// - Parameters:
    ///   - prompt: The prompt, with a position for each of the known places.
    ///   - decompositions: Gives a layer's decompositions in a form.
    /// - Throws: ``GPT2Error``, and what `decompositions` throws.
    public mutating func trace(_ prompt: TraceGoldens.Prompt, _ decompositions: @escaping Tracer.Decompositions) throws {
        guard let known = goldens.traces else { return }
        var tally = tally ?? TraceTally(roots: known.roots.count)
        try tally.add(prompt, model, known.roots, decompositions)
        self.tally = tally
    }

    /// Compares what the traces came to; the differences of logits, how often there is a link, and what it contributes.
    public mutating func compareTraces() {
        guard let known = goldens.traces, let tally, tally.differences.count > 1 else { return }
        compare(tally.differences, known.difference)
        let count = Double(known.difference.prompts)
        for (root, fired) in zip(known.roots, tally.fired) {
            note(.trace_edges, Double(fired - root.prompts) / count) {
                "head \(root.place) looks from \(known.places[root.destination]) to \(known.places[root.source])"
            }
        }
        let edges = Dictionary(uniqueKeysWithValues: known.edges.map { ($0.link, $0) })
        for link in Set(tally.links.keys).union(edges.keys) where tally.places.contains(link.place) {
            let found = tally.links[link] ?? (0, 0), edge = edges[link]
            let name = "\(link.writer) to \(link.reader) at \(known.places[link.place])"
            note(.trace_edges, Double(found.traces - (edge?.traces ?? 0)) / count) { name }
            // Means over different traces have no reason to be the same.
            if let edge, edge.traces == found.traces {
                let deviation = found.sum / Double(found.traces) - edge.contribution
                note(.trace_contributions, deviation / max(1, abs(edge.contribution))) { name }
            }
        }
    }

    /// The known places that no prompt has; the edges there are not compared.
    public var unnamedPlaces: [String] {
        guard let known = goldens.traces, let tally else { return [] }
        return Set(known.edges.map(\.link.place)).subtracting(tally.places).sorted().map { known.places[$0] }
    }

    private mutating func compare(_ differences: [Double], _ known: TraceGoldens.Difference) {
        let n = Double(differences.count), mean = differences.reduce(0, +) / n
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let positive = Double(differences.count { $0 > 0 }) / n
        note(.logit_differences, mean - known.mean) { "mean over \(known.prompts) prompts" }
        note(.logit_differences, variance.squareRoot() - known.deviation) { "standard deviation over \(known.prompts) prompts" }
        note(.logit_differences, positive - known.positive) { "positive share of \(known.prompts) prompts" }
    }
}
