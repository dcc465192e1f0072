import Checkpoints
import GPT2
import Tensors
import Testing

@Suite("Forward pass")
struct ForwardTests {
    /// Every activation of a model.
    static func allNames(_ n_layers: Int) -> [ActivationName] {
        ActivationName.Site.allCases.flatMap { site in
            site.isInBlock ? (0..<n_layers).map { ActivationName(site, $0) } : [ActivationName(site)]
        }.sorted()
    }

    @Test("every activation of every variant equals Hugging Face's", arguments: Fixtures.models)
    func everyActivation(name: String) throws {
        let model = try Fixtures.model(name)
        let expected = try Fixtures.expected(name)
        let names = Self.allNames(model.configuration.n_layers)
        let found = try model.forward(Fixtures.batch(expected), capture: Set(names))
        #expect(found.names == names)
        for name in names { expectClose(found[name], try expected.tensor("\(name)"), "\(name)") }
    }

    @Test("an activation asked for alone is the same, and nothing after it is computed")
    func stopsAtTheLast() throws {
        let model = try Fixtures.model("odd_head")
        let batch = try Fixtures.batch(Fixtures.expected("odd_head"))
        let names = Self.allNames(model.configuration.n_layers)
        let all = try model.forward(batch, capture: Set(names))
        for name in names {
            let alone = try model.forward(batch, capture: [name])
            #expect(alone.reached == name)
            #expect(alone.names == [name])
            expectClose(alone[name], all[name], "\(name) alone")
        }
        #expect(try model.forward(batch, capture: []).reached == nil)
        let early = try model.forward(batch, capture: [.init(.embed)], edits: [.init(.q, 1): { _ in }])
        #expect(early.reached == ActivationName(.q, 1))
    }

    @Test("each sequence of a batch gives what it gives alone, and a prefix what the whole gives there")
    func batching() throws {
        let model = try Fixtures.model("by_layer_f16")
        let batch = try Fixtures.batch(Fixtures.expected("by_layer_f16"))
        let name = ActivationName(.logits)
        let together = try model.forward(batch, capture: [name])[name]
        let V = model.configuration.d_vocab
        for sequence in 0..<batch.B {
            for T in [1, 2, batch.T] {
                let tokens = Array(batch.tokens[sequence * batch.T..<sequence * batch.T + T])
                let alone = try model.forward(TokenBatch(tokens), capture: [name])[name]
                let start = sequence * batch.T * V
                expectClose(alone, Tensor([1, T, V], Array(together.values[start..<start + T * V])), "first \(T) of \(sequence)")
            }
        }
    }

    @Test("a pass works in what another left, and neither changes what was returned")
    func memoryIsReused() throws {
        let model = try Fixtures.model("odd_head")
        let first = try Fixtures.batch(Fixtures.expected("odd_head"))
        let second = TokenBatch(first.tokens.reversed(), B: first.B, T: first.T)
        let names = Set(Self.allNames(model.configuration.n_layers))
        let early = try model.forward(first, capture: names)
        let fresh = try Fixtures.model("odd_head").forward(second, capture: names)
        let reused = try model.forward(second, capture: names)
        let plain = try model.forward(second, capture: [.init(.logits)])
        #expect(plain.names == [.init(.logits)])
        let again = try Fixtures.model("odd_head").forward(first, capture: names)
        for name in names {
            #expect(reused[name].values == fresh[name].values, "\(name)")
            #expect(early[name].values == again[name].values, "\(name) of the first pass")
        }
    }

    @Test("bad tokens, lengths and layers are refused with both sides")
    func refusals() throws {
        let model = try Fixtures.model("plain")
        let logits: Set<ActivationName> = [.init(.logits)]
        func error(_ tokens: [Int32], _ capture: Set<ActivationName>, _ edits: [ActivationName: GPT2Model.Edit] = [:])
            -> GPT2Error?
        {
            do {
                _ = try model.forward(TokenBatch(tokens), capture: capture, edits: edits)
                return nil
            } catch {
                return error as? GPT2Error
            }
        }
        #expect(error([1, 19], logits) == .tokenOutOfRange(token: 19, row: 0, position: 1, d_vocab: 19))
        #expect(error([-1], logits) == .tokenOutOfRange(token: -1, row: 0, position: 0, d_vocab: 19))
        #expect(error([Int32](repeating: 0, count: 12), logits) == .contextTooLong(T: 12, n_ctx: 11))
        #expect(error([Int32](repeating: 0, count: 11), logits) == nil)
        #expect(error([], logits) == .empty)
        #expect(error([1], [.init(.z, 2)]) == .layerOutOfRange(layer: 2, n_layers: 2))
        #expect(error([1], [], [.init(.z, -1): { _ in }]) == .layerOutOfRange(layer: -1, n_layers: 2))
        #expect(error([1], logits, [.init(.ln1_scale, 0): { _ in }]) == .notEditable(.init(.ln1_scale, 0)))
        #expect(throws: GPT2Error.ragged(row: 1, length: 1, expected: 2)) { try TokenBatch(rows: [[1, 2], [3]]) }
    }
}
