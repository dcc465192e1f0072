import Attribution
import Checkpoints
import Circuits
import GPT2
import Tensors
import Testing

/// Traces against make_traces.py, which multiplies every part of the stream by itself, in double precision.
@Suite final class TracerTests {
    /// Single precision over 128 dimensions, of the greatest contribution.
    private static let tolerance = 1e-4

    /// The parts in the script's order: embedding, position, then for each layer its looks, b_O and the MLP.
    private static func number(_ part: StreamPart, H: Int, T: Int) -> Int? {
        let each = H * T + 2
        switch part {
        case .embedding: return 0
        case .position: return 1
        case .look(let layer, let head, let source): return 2 + layer * each + head * T + source
        case .bias(let layer): return 2 + layer * each + H * T
        case .mlp(let layer): return 2 + layer * each + H * T + 1
        case .head, .offset: return nil
        }
    }

    /// Which contributions are followed, straight from the rule: sorted, until the sum exceeds a share of the whole.
    private static func followed(_ values: [Int: Double], share: Double, halves: Bool = false) -> Set<Int> {
        let total = values.values.reduce(0, +)
        guard total > 0 else { return [] }
        let sorted = values.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        var sum = 0.0, cutoff = sorted.last?.value ?? 0
        for (_, value) in sorted {
            sum += value
            if sum > share * total {
                cutoff = value
                break
            }
        }
        if halves { cutoff = min(cutoff, total / 2) }
        return Set(sorted.filter { $0.value >= cutoff }.map(\.key))
    }

    private let file: SafetensorsFile
    private let model: GPT2Model
    private let pass: PromptPass
    private let looks: [Look]
    private let decompositions: Fixtures.Decompositions

    init() throws {
        file = try Fixtures.traces()
        model = try Fixtures.demoModel()
        pass = try PromptPass(model, tokens: try file.tensor("tokens").values.map { Int32($0) })
        let rows = try file.tensor("looks")
        looks = (0..<rows.shape[0]).map { row in
            let look = rows.values[4 * row..<4 * row + 4].map { Int($0) }
            return Look(layer: look[0], head: look[1], destination: look[2], source: look[3])
        }
        decompositions = Fixtures.Decompositions(model)
    }

    private func trace(_ look: Look, _ mode: SelectionMode, compat2024: Bool = false) throws -> TraceGraph {
        // One step only, whatever the head attends to: what the script has.
        let settings = TraceSettings(
            mode: mode, attentionThreshold: mode == .softmax_greedy ? nil : 0, mostDepth: 1, mostLinks: 10_000,
            compat2024: compat2024)
        return try Tracer.trace([look], in: pass, settings, decompositions.layer)
    }

    /// The links into a node on one side, by what writes.
    private func links(_ graph: TraceGraph, _ node: Int, _ side: LookSide?) -> [(subject: TraceGraph.Subject, weight: Double)] {
        graph.links.filter { $0.downstream == node && $0.side == side }.map { (graph.nodes[$0.upstream].subject, $0.weight) }
    }

    @Test func `what is read relative to other sources is made by the parts that NumPy finds`() throws {
        let (H, T) = (model.configuration.n_heads, pass.T)
        var compared = 0
        for (number, look) in looks.enumerated() {
            let graph = try trace(look, .relative_attention)
            for side in LookSide.allCases {
                let name = "\(number).relative_attention.\(side.rawValue)"
                guard file[name + ".parts"] != nil else { continue }
                let values = try file.tensor(name + ".parts").values.map(Double.init)
                let expected = try file.tensor(name + ".reading").values.map(Double.init)
                let reading = try #require(graph.nodes[0].readings.first { $0.side == side })
                let largest = try #require(values.map(abs).max()), bound = Self.tolerance * largest
                #expect(reading.terms == Int(expected[2]), "\(name)")
                #expect(
                    abs(reading.total - expected[0]) < bound && abs(reading.residual) < bound && reading.offset == 0, "\(name)")
                #expect(abs(values.reduce(0, +) - expected[0]) < bound, "\(name): the script's own parts")
                let token = side == .destination ? look.destination : look.source
                let linked = links(graph, 0, side)
                var found: Set<Int> = []
                for (subject, weight) in linked {
                    guard case .part(let part) = subject, let place = Self.number(part, H: H, T: T) else {
                        Issue.record("\(name): \(subject)")
                        continue
                    }
                    #expect(abs(weight - values[place]) < bound, "\(name): \(part) \(weight), not \(values[place])")
                    found.insert(place)
                }
                let all = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0, $1) })
                let wanted = Self.followed(all, share: 0.7).filter { place in
                    // What looks of later tokens would see is no look of this one.
                    let inside = (place - 2) % (H * T + 2)
                    return place < 2 || inside >= H * T || inside % T <= token
                }
                #expect(found == wanted, "\(name)")
                #expect(abs(reading.kept - linked.reduce(0) { $0 + $1.weight }) < bound)
                #expect(reading.remainder == reading.total - reading.offset - reading.kept)
                compared += 1
            }
        }
        #expect(compared >= 10)
    }

    @Test func `what makes a score is written by the heads that NumPy finds, and its quirk of 2024 is the bias over σ`() throws {
        let (H, T) = (model.configuration.n_heads, pass.T), each = H * T + 2
        for (number, look) in looks.enumerated() {
            let graph = try trace(look, .score_sum), quirky = try trace(look, .score_sum, compat2024: true)
            for side in LookSide.allCases {
                let name = "\(number).score_sum.\(side.rawValue)"
                let values = try file.tensor(name + ".parts").values.map(Double.init)
                let expected = try file.tensor(name + ".reading").values.map(Double.init)
                let reading = try #require(graph.nodes[0].readings.first { $0.side == side })
                let largest = try #require(values.map(abs).max()), bound = Self.tolerance * largest
                #expect(reading.terms == Int(expected[2]) && abs(reading.total - expected[0]) < bound, "\(name)")
                #expect(abs(reading.offset - expected[1]) < bound && abs(reading.residual) < bound, "\(name)")
                var heads: [Int: Double] = [:]
                for layer in 0..<look.layer {
                    for head in 0..<H {
                        let first = 2 + layer * each + head * T
                        heads[layer * H + head] = values[first..<first + T].reduce(0, +)
                    }
                }
                func check(_ graph: TraceGraph, _ heads: [Int: Double], _ name: String) {
                    var found: Set<Int> = []
                    for (subject, weight) in links(graph, 0, side) {
                        guard case .part(let part) = subject else { continue }
                        let head: Int
                        switch part {
                        case .head(let layer, let own): head = layer * H + own
                        case .look(let layer, let own, _): head = layer * H + own
                        case .embedding, .position, .bias, .mlp, .offset:
                            Issue.record("\(name): \(part)")
                            continue
                        }
                        #expect(abs(weight - (heads[head] ?? .nan)) < bound, "\(name): \(part)")
                        found.insert(head)
                    }
                    #expect(found == Self.followed(heads, share: 0.7), "\(name)")
                }
                check(graph, heads, name)
                let token = side == .destination ? look.destination : look.source
                let sigma = try model.forward(TokenBatch(pass.tokens), capture: [.init(.ln1_scale, look.layer)])[
                    .ln1_scale, look.layer]
                let quirk = expected[1] / Double(sigma.values[token])
                check(quirky, heads.mapValues { $0 + quirk }, name + " of 2024")
            }
        }
    }

    @Test func `attention falls by what NumPy finds when a part is taken from the scores`() throws {
        let (H, T) = (model.configuration.n_heads, pass.T)
        var compared = 0
        for (number, look) in looks.enumerated() {
            let graph = try trace(look, .softmax_greedy)
            // Below 2.5 times the even attention there is no look to take apart.
            guard Double(pass.attention(look)) >= min(1, 2.5 / Double(look.destination + 1)) else {
                #expect(graph.links.isEmpty && graph.nodes[0].readings.isEmpty)
                continue
            }
            compared += 1
            for side in LookSide.allCases {
                let name = "\(number).softmax_greedy.\(side.rawValue)"
                let values = try file.tensor(name + ".parts").values.map(Double.init)
                let expected = try file.tensor(name + ".reading").values.map(Double.init)
                let reading = try #require(graph.nodes[0].readings.first { $0.side == side })
                #expect(abs(reading.total - expected[0]) < 1e-5 && abs(reading.offset - expected[1]) < 1e-3, "\(name)")
                #expect(abs(reading.residual) < 1e-4, "\(name)")
                let token = side == .destination ? look.destination : look.source
                var found: [Int: Double] = [:]
                for (subject, weight) in links(graph, 0, side) {
                    guard case .part(let part) = subject, let place = Self.number(part, H: H, T: T) else { continue }
                    found[place] = weight
                }
                for (place, value) in values.dropLast().enumerated() {
                    let inside = (place - 2) % (H * T + 2)
                    if place >= 2, inside < H * T, inside % T > token { continue }
                    // Items of nearly equal worth may change places, which shifts their credits a little.
                    #expect(
                        abs((found[place] ?? 0) - max(value, 0)) < 2e-3,
                        "\(name): part \(place), \(found[place] ?? 0), not \(value)")
                }
            }
        }
        #expect(compared >= 3, "\(compared)")
    }

    @Test func `a trace begins with what makes an answer likely`() throws {
        let (H, T) = (model.configuration.n_heads, pass.T)
        let answer = try file.tensor("answer").values.map { Int32($0) }
        let values = try file.tensor("seeds.parts").values.map(Double.init)
        let expected = try file.tensor("seeds.reading").values.map(Double.init)
        let settings = TraceSettings(attentionThreshold: 2, mostLinks: 10_000)
        let graph = try Tracer.trace(Answer(right: answer[0], wrong: [answer[1]]), in: pass, settings, decompositions.layer)
        let reading = try #require(graph.nodes[0].readings.first), bound = Self.tolerance * (values.map(abs).max() ?? 0)
        #expect(graph.roots == [0] && graph.nodes[0].subject == .logits && graph.nodes[0].position == T - 1)
        #expect(abs(reading.total - expected[0]) < bound && abs(reading.offset - expected[1]) < bound)
        #expect(abs(reading.residual) < bound)
        let logits = try model.forward(TokenBatch(pass.tokens), capture: [.init(.logits)])[.logits]
        let last = (T - 1) * model.configuration.d_vocab
        let difference = Double(logits.values[last + Int(answer[0])] - logits.values[last + Int(answer[1])])
        #expect(abs(reading.total - difference) < bound, "the model's own logits differ by \(difference)")
        var found: [Int: Double] = [:]
        for (subject, weight) in links(graph, 0, nil) {
            guard case .part(let part) = subject, let place = Self.number(part, H: H, T: T) else { continue }
            found[place] = weight
            #expect(abs(weight - values[place]) < bound)
        }
        let all = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0, $1) })
        #expect(Set(found.keys) == Self.followed(all, share: 1, halves: true))
    }

    @Test func `the fewest parts that hold four fifths of a token's log-likelihood are those that NumPy takes away`() throws {
        let (H, T) = (model.configuration.n_heads, pass.T)
        let settings = TraceSettings(mode: .softmax_greedy, attentionThreshold: 2, mostLinks: 10_000)
        var linked = 0
        for number in 0..<6 {
            let values = try file.tensor("likelihood.\(number).parts").values.map(Double.init)
            let expected = try file.tensor("likelihood.\(number).reading").values.map(Double.init)
            let answer = Answer(right: Int32(expected[0]), wrong: [0])
            let graph = try Tracer.trace(answer, in: pass, settings, decompositions.layer)
            let reading = try #require(graph.nodes[0].readings.first), found = links(graph, 0, nil)
            #expect(graph.nodes[0].subject == .logits && reading.side == nil && reading.offset == 0)
            // A vocabulary of exponentials in either precision.
            #expect(abs(reading.total - expected[1]) < 1e-4 && abs(reading.residual) < 1e-4, "\(number): \(reading)")
            #expect(abs(expected[2] - expected[1]) < 1e-3, "the script's worths are not the whole")
            for (subject, weight) in found {
                guard case .part(let part) = subject, let place = Self.number(part, H: H, T: T) else { continue }
                #expect(abs(weight - values[place]) < 1e-3, "\(number): \(part) \(weight), not \(values[place])")
            }
            #expect(found.count == values.count { $0 > 0 }, "\(number)")
            linked += found.count
        }
        #expect(linked >= 5)
    }

    @Test func `a likely answer rests on few parts, and on no more of them than four fifths take`() throws {
        let settings = TraceSettings(mode: .softmax_greedy, attentionThreshold: 2, mostLinks: 10_000)
        for (tokens, _) in try Fixtures.demoActs(4) {
            let pass = try PromptPass(model, tokens: tokens)
            let likeliest = (0..<Int32(model.configuration.d_vocab)).max { pass.logit($0) < pass.logit($1) } ?? 0
            let graph = try Tracer.trace(Answer(right: likeliest, wrong: [0]), in: pass, settings, decompositions.layer)
            let reading = try #require(graph.nodes[0].readings.first), weights = links(graph, 0, nil).map(\.weight)
            #expect(reading.total > 0 && reading.kept >= 0.8 * reading.total && abs(reading.residual) < 1e-3, "\(reading)")
            #expect(!weights.isEmpty && weights.count < 64 && zip(weights, weights.dropFirst()).allSatisfy { $0 >= $1 })
            let loss = try model.forward(TokenBatch(tokens), capture: [.init(.logits)])[.logits].values.suffix(
                model.configuration.d_vocab)
            #expect(abs(Double(loss[loss.startIndex + Int(likeliest)]) - pass.logit(likeliest)) < 1e-4)
        }
    }

    @Test(arguments: SelectionMode.allCases)
    func `a trace goes downwards only, keeps to its limits, and says what it has left out`(_ mode: SelectionMode) throws {
        let (tokens, S2) = try #require(try Fixtures.demoActs(1).first), end = tokens.count - 1
        let pass = try PromptPass(model, tokens: tokens)
        let roots = [
            Look(layer: 3, head: 2, destination: end, source: S2), pass.strongestLook(layer: 2, head: 2, destination: end),
        ]
        let settings = TraceSettings(mode: mode, share: 0.98, attentionThreshold: 0.05, mostLinks: 12)
        let graph = try Tracer.trace(roots + roots, in: pass, settings, decompositions.layer)
        #expect(graph.roots.count == roots.count && graph.links.count > roots.count, "\(graph.links.count)")
        func layer(_ node: Int) -> Int {
            guard case .part(let part) = graph.nodes[node].subject else { return .max }
            return part.layer ?? -1
        }
        for link in graph.links {
            #expect(layer(link.upstream) < layer(link.downstream) && link.weight > 0)
            #expect(graph.nodes[link.upstream].depth <= graph.nodes[link.downstream].depth + 1)
        }
        #expect(Set(graph.nodes.map { "\($0.subject)@\($0.position)" }).count == graph.nodes.count)
        for (node, found) in graph.nodes.enumerated() {
            for reading in found.readings {
                let own = graph.links.filter { $0.downstream == node && $0.side == reading.side }
                #expect(own.count <= 12 && abs(own.reduce(0) { $0 + $1.weight } - reading.kept) < 1e-6)
                #expect(zip(own, own.dropFirst()).allSatisfy { $0.weight >= $1.weight })
            }
        }
        #expect(graph.nodes.contains { $0.depth > 1 && !$0.readings.isEmpty }, "nothing was traced further")

        var shallow = settings
        shallow.mostDepth = 1
        let near = try Tracer.trace(roots, in: pass, shallow, decompositions.layer)
        #expect(near.nodes.allSatisfy { $0.depth <= 1 } && near.nodes.count < graph.nodes.count && !near.isTruncated)
        var small = settings
        small.mostNodes = roots.count + 1
        let cut = try Tracer.trace(roots, in: pass, small, decompositions.layer)
        #expect(cut.isTruncated && cut.nodes.count < graph.nodes.count)
        var deaf = settings
        deaf.attentionThreshold = 1.1
        let silent = try Tracer.trace(roots, in: pass, deaf, decompositions.layer)
        #expect(silent.links.isEmpty && silent.nodes.count == roots.count && silent.nodes.allSatisfy(\.readings.isEmpty))
    }
}
