import Checkpoints
import Circuits
import GPT2
import Tensors
import Testing

@Suite struct CarriedSignalTests {
    @Test func `what a look does without a head's part in its signal is what NumPy finds`() throws {
        let file = try Fixtures.traces(), model = try Fixtures.demoModel(), decompositions = Fixtures.Decompositions(model)
        let tokens = try file.tensor("tokens").values.map { Int32($0) }, T = tokens.count
        let pass = try PromptPass(model, tokens: tokens), rows = try file.tensor("looks")
        var compared = 0
        for number in 0..<rows.shape[0] {
            let row = rows.values[4 * number..<4 * number + 4].map { Int($0) }
            let look = Look(layer: row[0], head: row[1], destination: row[2], source: row[3])
            for mode in [SelectionMode.score_sum, .relative_attention] {
                for side in LookSide.allCases {
                    for writer in [CarriedSignal.Writer.head(layer: look.layer - 1, head: 2), .mlp(layer: look.layer - 1)] {
                        let name =
                            "\(number).\(mode.rawValue).\(side.rawValue).changed"
                            + (writer == .mlp(layer: look.layer - 1) ? "_mlp" : "")
                        guard file[name] != nil else { continue }
                        let expected = try file.tensor(name).values
                        let signal = try CarriedSignal(
                            look, side, carriedBy: [writer], in: pass, TraceSettings(mode: mode),
                            decompositions.layer)
                        let additions = signal.additions(factor: 0)
                        for (place, change) in [
                            StreamAdditions([additions]), StreamAdditions([additions], seenBy: [signal]),
                        ].enumerated() {
                            let found = try change.run(
                                model, TokenBatch(tokens),
                                capture: [.init(.pattern, look.layer), .init(.attn_scores, look.layer)])
                            let entry = (look.head * T + look.destination) * T + look.source
                            // Single precision through the layers between.
                            #expect(
                                abs(found[.pattern, look.layer].values[entry] - expected[2 * place]) < 2e-4, "\(name) \(place)")
                            #expect(
                                abs(found[.attn_scores, look.layer].values[entry] - expected[2 * place + 1]) < 2e-3,
                                "\(name) \(place)")
                            compared += 1
                        }
                    }
                }
            }
        }
        #expect(compared >= 80, "\(compared)")
    }

    @Test func `a local change reaches no other head, and passes that begin later come to the same`() throws {
        let model = try Fixtures.demoModel(), decompositions = Fixtures.Decompositions(model)
        let prompts = try Fixtures.demoPrompts(30), T = prompts[0].count
        let same = Array(prompts.filter { $0.count == T }.prefix(3))
        let batch = TokenBatch(same.flatMap { $0 }, B: same.count, T: T)
        let signals = try same.map { tokens in
            try CarriedSignal(
                Look(layer: 2, head: 1, destination: T - 1, source: T / 2), .source,
                carriedBy: [.head(layer: 0, head: 1), .head(layer: 1, head: 3)],
                in: try PromptPass(model, tokens: tokens), TraceSettings(mode: .score_sum), decompositions.layer)
        }
        let additions = signals.map { $0.additions(factor: 0) }
        let names = Set([ActivationName.Site.q, .k, .v, .pattern].map { ActivationName($0, 2) } + [.init(.logits)])
        let own = try model.forward(batch, capture: names.union([.init(.resid_pre, 0), .init(.resid_pre, 2)]))
        let local = try StreamAdditions(additions, seenBy: signals).run(
            model, batch, from: ResidualStart(layer: 2, resid_pre: own[.resid_pre, 2]), capture: names)
        let c = model.configuration
        for site in [ActivationName.Site.q, .k, .v] {
            for (index, (before, after)) in zip(own[site, 2].values, local[site, 2].values).enumerated() {
                let isRead = index / c.d_head % c.n_heads == 1 && index / c.d_model % T == T / 2
                if !isRead { #expect(before == after) }
            }
            #expect(own[site, 2].values != local[site, 2].values)
        }
        let global = try StreamAdditions(additions).run(model, batch, capture: names)
        let later = try StreamAdditions(additions).run(
            model, batch, from: ResidualStart(layer: 0, resid_pre: own[.resid_pre, 0]), capture: names)
        #expect(StreamAdditions(additions).firstLayer == 0 && StreamAdditions(additions, seenBy: signals).firstLayer == 2)
        #expect(global[.logits].values == later[.logits].values && global[.logits].values != own[.logits].values)
    }

    /// What the trained model's head 1.3 rests on when it looks from the end of a prompt at who acts.
    ///
    /// Of 60 prompts the look fires in 28 (attention of at least a half). In all of them head 0.3 writes what is read at the name, in 23 head
    /// 0.0 and in 19 head 0.2 what is read at the end. Without it the attention falls by 0.117, 0.042 and 0.048, beside controls of 0.004, 0.003
    /// and 0.000.
    @Test func `the trained model's look at who acts is traced to three heads, and rests on them`() throws {
        let model = try Fixtures.demoModel(), decompositions = Fixtures.Decompositions(model)
        let acts = try Fixtures.demoActs(60), settings = TraceSettings(mode: .score_sum)
        var fired = 0, edges: [String: Int] = [:]
        var falls: [String: (signal: Double, control: Double)] = [:]
        var generator = RandomGenerator(seed: 5)
        for (tokens, S2) in acts {
            let pass = try PromptPass(model, tokens: tokens), T = tokens.count
            let look = Look(layer: 1, head: 3, destination: T - 1, source: S2)
            let graph = try Tracer.trace([look], in: pass, settings, decompositions.layer)
            if graph.links.isEmpty { continue }
            fired += 1
            for link in graph.links where link.downstream == 0 {
                switch graph.nodes[link.upstream].subject {
                case .part(.head(_, let head)), .part(.look(_, let head, _)):
                    edges["0.\(head) \(link.side?.rawValue ?? "")", default: 0] += 1
                default: Issue.record("\(graph.nodes[link.upstream].subject)")
                }
            }
            for (side, head) in [(LookSide.destination, 0), (.source, 3), (.destination, 2)] as [(LookSide, Int)] {
                let signal = try CarriedSignal(
                    look, side, carriedBy: [.head(layer: 0, head: head)], in: pass, settings, decompositions.layer)
                func fall(_ additions: [StreamAddition]) throws -> Double {
                    let found = try StreamAdditions([additions]).run(model, TokenBatch(tokens), capture: [.init(.pattern, 1)])
                    return Double(signal.attention - found[.pattern, 1].values[(3 * T + T - 1) * T + S2])
                }
                var control = 0.0
                for _ in 0..<5 { control += try fall(signal.control(factor: 0, using: &generator)) / 5 }
                let edge = "0.\(head) \(side.rawValue)", before = falls[edge] ?? (0, 0)
                falls[edge] = (before.signal + (try fall(signal.additions(factor: 0))), before.control + control)
            }
        }
        #expect((24...32).contains(fired), "\(fired)")
        let most = edges.filter { $0.value > fired / 2 }.keys.sorted()
        #expect(most == ["0.0 destination", "0.2 destination", "0.3 source"], "\(edges)")
        for (edge, least) in [("0.0 destination", 0.025), ("0.2 destination", 0.025), ("0.3 source", 0.08)] {
            let fall = try #require(falls[edge]), n = Double(fired)
            #expect(fall.signal / n > least, "\(edge): \(fall.signal / n)")
            #expect(fall.signal > 5 * abs(fall.control), "\(edge): \(fall.signal / n) beside \(fall.control / n)")
        }
    }
    /// Links from MLPs in the trained model, confirmed by taking away what they write along the signal.
    ///
    /// From 60 prompts: without it the attention of head 1.3 to who acts falls by 0.39 and 0.44 (the destination's and the source's side, MLP
    /// 0), that of 2.0 from a name to itself by 0.27 (MLP 0), that of 3.3 by 0.73 (MLP 2), beside controls of at most 0.03.
    @Test(arguments: [(1, 3, 0, LookSide.destination), (1, 3, 0, .source), (2, 2, 1, .source), (3, 3, 2, .destination)])
    func `what the trained model's MLPs write along a signal is what its look rests on`(
        _ layer: Int, _ head: Int, _ mlp: Int, _ side: LookSide
    ) throws {
        let model = try Fixtures.demoModel(), decompositions = Fixtures.Decompositions(model), settings = TraceSettings()
        var generator = RandomGenerator(seed: 5), falls = (signal: 0.0, control: 0.0), linked = 0, traced = 0
        for (tokens, S2) in try Fixtures.demoActs(30) {
            let pass = try PromptPass(model, tokens: tokens), T = tokens.count
            // 1.3 looks from the end at who acts; 2.2 from the end, and 3.3 from the name, where they look most.
            let look =
                layer == 1
                ? Look(layer: layer, head: head, destination: T - 1, source: S2)
                : pass.strongestLook(layer: layer, head: head, destination: layer == 2 ? T - 1 : S2)
            let signal = try CarriedSignal(look, side, carriedBy: [.mlp(layer: mlp)], in: pass, settings, decompositions.layer)
            guard signal.fires, signal.terms > 0 else { continue }
            let graph = try Tracer.trace([look], in: pass, settings, decompositions.layer)
            traced += 1
            linked +=
                graph.links.contains {
                    $0.downstream == 0 && $0.side == side && graph.nodes[$0.upstream].subject == .part(.mlp(layer: mlp))
                } ? 1 : 0
            func fall(_ additions: [StreamAddition]) throws -> Double {
                let found = try StreamAdditions([additions]).run(model, TokenBatch(tokens), capture: [.init(.pattern, layer)])
                return Double(
                    signal.attention - found[.pattern, layer].values[(head * T + look.destination) * T + look.source])
            }
            falls.signal += try fall(signal.additions(factor: 0))
            for _ in 0..<5 { falls.control += try fall(signal.control(factor: 0, using: &generator)) / 5 }
        }
        #expect(traced >= 10 && linked > traced / 2, "\(linked) of \(traced) traces have the link")
        #expect(
            falls.signal / Double(traced) > 0.1 && falls.signal > 5 * abs(falls.control),
            "\(falls.signal / Double(traced)) beside \(falls.control / Double(traced))")
    }
}
