import Checkpoints
import Circuits
import Foundation
import GPT2
import Heads
import Tensors
import Testing
import Tokenizer

/// The self-test passes on the model that its numbers are of, and each thing that can be wrong makes its own check fail.
@Suite struct SelfTestTests {
    private static func goldens() throws -> Goldens { try Goldens(.own(Fixtures.goldens + "/demo-4l.safetensors")) }

    /// Runs every step; a model that is another one is not compared further.
    private func run(_ model: GPT2Model, _ goldens: Goldens) throws -> SelfTest {
        var test = SelfTest(model, goldens)
        for layer in 0..<goldens.n_layers { try test.compareSingularValues(layer: layer) }
        guard test.isKnownModel else { return test }
        let tokenizer = try Tokenizer(directory: .own(Fixtures.demoDirectory))
        test.compareTokens(bos: tokenizer.bos) { tokenizer.encode($0) }
        for prompt in 0..<test.prompts { try test.comparePrompt(prompt) }
        for look in 0..<test.looks { try test.compareLook(look) }
        let decompositions = try (0..<goldens.n_layers).map { try LayerDecompositions(model, layer: $0, form: .augmented) }
        for prompt in goldens.traces?.prompts ?? [] {
            try test.trace(prompt) { layer, form in
                #expect(form == .augmented)
                return decompositions[layer]
            }
        }
        test.compareTraces()
        return test
    }

    private func failed(_ test: SelfTest) -> [SelfTest.Check.Name] { test.checks.filter { !$0.isPassed }.map(\.name) }

    @Test func `the demo model passes on its own numbers`() throws {
        let goldens = try Self.goldens()
        #expect(goldens.flaw == nil && goldens.prompts.count == 3 && goldens.looks.count == 1)
        let test = try run(Fixtures.model("demo-4l"), goldens)
        #expect(test.verdict == .passed)
        #expect(test.checks.map(\.name) == SelfTest.Check.Name.allCases)
        #expect(test.checks.map(\.count).allSatisfy { $0 >= 3 } && test.unnamedPlaces.isEmpty)
        for check in test.checks {
            // A tenth of what is allowed: the tolerances are wide enough for another order of summation, and no wider than need be.
            #expect(check.deviation <= check.tolerance / 10, "\(check)")
        }
    }

    @Test func `each single wrong number fails its own check and no other`() throws {
        let model = try Fixtures.model("demo-4l"), right = try Self.goldens()
        for (name, change) in Self.wrongNumbers {
            var wrong = right
            change(&wrong)
            let test = try run(model, wrong)
            #expect(test.verdict == .failed, "\(name)")
            #expect(
                failed(test).contains(name) && test.checks.first { $0.name == name }?.failures == 1, "\(name): \(test.checks)")
            // A score that is wrong makes its row's pattern wrong too.
            #expect(Set(failed(test)).subtracting(name == .attention_scores ? [.attention_patterns] : []) == [name])
        }
    }

    private static let wrongNumbers: [(name: SelfTest.Check.Name, change: @Sendable (inout Goldens) -> Void)] = [
        (.singular_values, { $0.singularValues[5][0] *= 1.001 }),
        (.singular_values, { $0.singularValues[15][31] += 0.01 }),
        (.attention_scores, { $0.prompts[1].scores[100] += 0.01 }),
        (.attention_scores, { $0.prompts[2].scores[$0.prompts[2].scores.count - 1] = .nan }),
        (.last_logits, { $0.prompts[0].logits[7] -= 0.03 }),
        (.single_looks, { $0.looks[0].entries[3].attention += 0.002 }),
        (.logit_differences, { $0.traces?.difference.mean += 0.01 }),
        (.logit_differences, { $0.traces?.difference.deviation -= 0.01 }),
        (.logit_differences, { $0.traces?.difference.positive = 0.98 }),
        (.trace_edges, { $0.traces?.edges[5].traces += 1 }),
        (.trace_edges, { $0.traces?.edges.remove(at: 40) }),
        (.trace_edges, { $0.traces?.roots[2].prompts -= 1 }),
        (.trace_contributions, { $0.traces?.edges[0].contribution += 0.003 }),
        (.trace_contributions, { $0.traces?.edges[96].contribution = .nan }),
    ]

    @Test func `other tokens fail the check of the tokens`() throws {
        let goldens = try Self.goldens()
        var test = SelfTest(try Fixtures.model("demo-4l"), goldens)
        test.compareTokens(bos: 0) { _ in [1, 2] }
        let check = try #require(test.checks.first)
        #expect(test.checks.count == 1 && check.name == .tokens && check.failures == 4 && check.count == 4)
    }

    @Test func `a missing key bias shows in the scores alone, which is why they are compared`() throws {
        let model = try altered { tensors in
            for layer in 0..<4 {
                let name = "h.\(layer).attn.c_attn.bias"
                guard var bias = tensors[name] else { throw Missing(name: name) }
                for index in 128..<256 { bias.values[index] = 0 }
                tensors[name] = bias
            }
        }
        let test = try run(model, try Self.goldens())
        // The patterns are the same, but what a score consists of is not.
        #expect(test.verdict == .failed)
        #expect(
            Set(failed(test)).subtracting([.trace_edges]) == [.attention_scores, .trace_contributions], "\(failed(test))")
    }

    @Test func `a missing query bias fails scores, patterns and logits`() throws {
        let model = try altered { tensors in
            let name = "h.2.attn.c_attn.bias"
            guard var bias = tensors[name] else { throw Missing(name: name) }
            for index in 0..<128 { bias.values[index] = 0 }
            tensors[name] = bias
        }
        let test = try run(model, try Self.goldens())
        #expect(test.verdict == .failed)
        #expect(Set(failed(test)).isSuperset(of: [.attention_scores, .attention_patterns]))
        #expect(!failed(test).contains(.singular_values))
        #expect(Set(failed(test)).isSuperset(of: [.logit_differences, .trace_contributions]), "\(failed(test))")
    }

    @Test func `two swapped heads are named, though the model computes the same logits`() throws {
        let model = try altered { try Self.swapHeads(&$0, layer: 1, 0, 3) }
        let test = try run(model, try Self.goldens())
        #expect(test.verdict == .failed)
        #expect(Set(failed(test)).isSuperset(of: [.singular_values, .attention_scores, .attention_patterns, .trace_edges]))
        #expect(
            failed(test).allSatisfy { ![.last_logits, .logit_differences].contains($0) },
            "the sum over heads does not know their order")
        let place = try #require(test.checks.first { $0.name == .singular_values }?.place)
        #expect(place.contains("1.0 has those of 1.3") && place.contains("1.3 has those of 1.0"), "\(place)")
    }

    @Test func `other weights of the same shape are another model, told once`() throws {
        let demo = try Fixtures.model("demo-4l")
        let random = GPT2Model(random: demo.configuration, seed: 1)
        let test = try run(random, try Self.goldens())
        guard case .otherModel(let reason) = test.verdict else {
            Issue.record("\(test.verdict)")
            return
        }
        #expect(reason.contains("of its 16 heads only 0") && test.checks.map(\.name) == [.singular_values])
    }

    @Test func `GPT-2's numbers are whole, and of GPT-2's shape`() throws {
        let goldens = try Goldens(.own(Fixtures.goldens + "/gpt2.safetensors"))
        #expect(goldens.flaw == nil && goldens.model == "GPT-2 small")
        #expect(
            (goldens.n_layers, goldens.n_heads, goldens.d_model, goldens.d_vocab, goldens.n_ctx) == (12, 12, 768, 50257, 1024))
        #expect(goldens.singularValues.count == 144 && goldens.singularValues.allSatisfy { $0.count == 64 })
        // Head 4.11 has the greatest norm of all; specification 2.8.
        let norms = goldens.singularValues.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        #expect(norms.indices.max { norms[$0] < norms[$1] } == 4 * 12 + 11 && abs(norms[59] - 58.1633) < 1e-3)
        #expect(goldens.prompts.map(\.tokens.count) == [6, 6, 6, 7, 6] && goldens.looks.first?.entries.count == 34)
        #expect(goldens.looks.first?.entries.first { $0.place == HeadPlace(layer: 9, head: 6) }?.attention == 0.671865)
        #expect(!goldens.fit(try Fixtures.model("demo-4l").configuration))
        // Of the traces the figures are published, without the prompts; specification 2.8.
        let traces = try #require(goldens.traces)
        #expect(traces.edges.count == 533 && traces.prompts.isEmpty && traces.difference.prompts == 256)
        #expect(traces.roots.map { "\($0.place) \($0.prompts)" } == ["9.6 166", "9.9 201", "10.0 70"])
        let END = try #require(traces.places.firstIndex(of: "END"))
        let link = TraceGoldens.Link(
            writer: HeadPlace(layer: 8, head: 6), reader: HeadPlace(layer: 9, head: 9), place: END, side: .destination)
        let edge = try #require(traces.edges.first { $0.link == link })
        #expect(edge.traces == 191 && abs(edge.contribution - 4.0) < 0.1)
        // Three looks begin a trace each, so a link may be in more traces than there are prompts.
        #expect(traces.edges.map(\.traces).max() == 434)
    }

    @Test func `numbers that do not belong together are refused`() throws {
        let right = try Self.goldens()
        var broken = right
        broken.prompts[0].scores.removeLast()
        #expect(broken.flaw?.contains("prompt 0") == true)
        broken = right
        broken.prompts[1].logits.removeLast()
        #expect(broken.flaw?.contains("logits without tokens") == true)
        broken = right
        broken.looks[0].entries.append(.init(place: HeadPlace(layer: 4, head: 0), destination: 1, source: 0, attention: 1))
        #expect(broken.flaw?.contains("look 0") == true)
        broken = right
        broken.looks[0].entries.append(.init(place: HeadPlace(layer: 0, head: 0), destination: 1, source: 2, attention: 1))
        #expect(broken.flaw?.contains("look 0") == true)
        broken = right
        broken.traces?.prompts.removeLast()
        #expect(broken.flaw?.contains("62 traced prompts, and numbers of 63") == true, "\(broken.flaw ?? "")")
        broken = right
        if let edge = broken.traces?.edges[0] { broken.traces?.edges.append(edge) }
        #expect(broken.flaw?.contains("stands twice") == true)
        broken = right
        broken.traces?.difference.deviation = .infinity
        #expect(broken.flaw?.contains("no numbers") == true)
        broken = right
        broken.traces?.edges[3].traces = 63 * 6 + 1
        #expect(broken.flaw?.contains("outside") == true)
        broken = right
        broken.singularValues = []
        #expect(broken.flaw?.contains("singular values") == true)
    }

    private struct Missing: Error {
        let name: String
    }

    /// The demo model with changed weights, through files as any other model.
    private func altered(_ change: (inout [String: Tensor]) throws -> Void) throws -> GPT2Model {
        let folder = FileManager.default.temporaryDirectory.appending(path: "qklens-heads-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let own = URL(filePath: Fixtures.demoDirectory)
        try FileManager.default.copyItem(at: own.appending(path: "config.json"), to: folder.appending(path: "config.json"))
        let file = try SafetensorsFile(own.appending(path: "model.safetensors").path)
        var tensors: [String: Tensor] = [:]
        for entry in file.header.tensors {
            let name = entry.name.replacing("transformer.", with: "", maxReplacements: 1)
            tensors[name] = try file.tensor(entry.name)
        }
        try change(&tensors)
        try SafetensorsWriter.write(
            tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, to: folder.appending(path: "model.safetensors").path)
        return try GPT2Model(directory: folder.path)
    }

    /// Exchanges two heads of a layer of width 128 with heads of 32.
    private static func swapHeads(_ tensors: inout [String: Tensor], layer: Int, _ a: Int, _ b: Int) throws {
        let names = ["weight", "bias"].map { "h.\(layer).attn.c_attn.\($0)" } + ["h.\(layer).attn.c_proj.weight"]
        guard var weight = tensors[names[0]], var bias = tensors[names[1]], var output = tensors[names[2]] else {
            throw Missing(name: names[0])
        }
        for part in 0..<3 {
            for k in 0..<32 {
                let (first, second) = (part * 128 + a * 32 + k, part * 128 + b * 32 + k)
                bias.values.swapAt(first, second)
                for d in 0..<128 { weight.values.swapAt(d * 384 + first, d * 384 + second) }
            }
        }
        for k in 0..<32 { for d in 0..<128 { output.values.swapAt((a * 32 + k) * 128 + d, (b * 32 + k) * 128 + d) } }
        (tensors[names[0]], tensors[names[1]], tensors[names[2]]) = (weight, bias, output)
    }
}
