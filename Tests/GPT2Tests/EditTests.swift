import Checkpoints
import GPT2
import Tensors
import Testing

@Suite("Edits")
struct EditTests {
    let model: GPT2Model
    let batch: TokenBatch

    init() throws {
        model = try Fixtures.model("odd_head")
        batch = try Fixtures.batch(Fixtures.expected("odd_head"))
    }

    /// Runs with edits and returns one activation.
    func run(_ name: ActivationName, _ edits: [ActivationName: GPT2Model.Edit] = [:]) throws -> Tensor {
        try model.forward(batch, capture: [name], edits: edits)[name]
    }

    @Test("putting each activation's own values back changes nothing after it")
    func identity() throws {
        let names = ForwardTests.allNames(model.configuration.n_layers).filter(\.site.isEditable)
        let clean = try model.forward(batch, capture: Set(names))
        for name in names {
            let values = clean[name].values
            let edit: GPT2Model.Edit = { span in
                #expect(span.count == values.count)
                for i in 0..<span.count { span[i] = values[i] }
            }
            expectClose(try run(.init(.logits), [name: edit]), clean[.logits], "logits after \(name)")
        }
    }

    @Test("doubling half of any activation is seen by it and moves the logits")
    func everySiteMatters() throws {
        let names = ForwardTests.allNames(model.configuration.n_layers).filter(\.site.isEditable)
        let clean = try model.forward(batch, capture: Set(names))
        for name in names {
            // Half, because a LayerNorm forgets the scale of the whole. A row of the pattern is not normalised again.
            let edit: GPT2Model.Edit = { span in for i in stride(from: 0, to: span.count, by: 2) { span[i] *= 2 } }
            let found = try model.forward(batch, capture: [name, .init(.logits)], edits: [name: edit])
            expectClose(
                found[name], Tensor(clean[name].shape, clean[name].values.enumerated().map { $0 % 2 == 0 ? 2 * $1 : $1 }),
                "\(name) doubled")
            let moved = zip(found[.logits].values, clean[.logits].values).map { abs($0 - $1) }.max() ?? 0
            #expect(moved > 10 * tolerance, "doubling \(name) moves the logits by \(moved)")
        }
    }

    @Test("a pattern of zeros leaves the output bias, a uniform one the mean of the past values")
    func patterns() throws {
        let (layer, T, D) = (1, batch.T, model.configuration.d_model)
        let zeroed = try run(
            .init(.attn_out, layer), [.init(.pattern, layer): { span in for i in 0..<span.count { span[i] = 0 } }])
        let b_O = try model.block(layer).c_proj.bias
        expectClose(zeroed, Tensor([batch.B, T, D], (0..<batch.B * T).flatMap { _ in b_O }), "attn_out without pattern")

        let uniform: GPT2Model.Edit = { span in
            for i in 0..<span.count { span[i] = i % T <= i / T % T ? 1 / Float(i / T % T + 1) : 0 }
        }
        let found = try model.forward(
            batch, capture: [.init(.v, layer), .init(.z, layer)], edits: [.init(.pattern, layer): uniform])
        let v = found[.v, layer]
        var means: [Float] = []
        for row in 0..<batch.B * T {
            let past = row / T * T...row
            for column in 0..<D { means.append(past.map { v.values[$0 * D + column] }.reduce(0, +) / Float(past.count)) }
        }
        expectClose(found[.z, layer], Tensor(v.shape, means), "z under a uniform pattern")
    }

    @Test("editing scores gives their softmax, above the diagonal whatever was written there")
    func scores() throws {
        let (layer, T) = (0, batch.T)
        let found = try run(
            .init(.pattern, layer), [.init(.attn_scores, layer): { span in for i in 0..<span.count { span[i] = 3 } }])
        let expected = (0..<found.count).map { $0 % T <= $0 / T % T ? 1 / Float($0 / T % T + 1) : 0 }
        expectClose(found, Tensor(found.shape, expected), "pattern of equal scores")
    }

    @Test("silencing a head in z and in result is the same")
    func heads() throws {
        let (layer, head) = (2, 1)
        let (H, K, D) = (model.configuration.n_heads, model.configuration.d_head, model.configuration.d_model)
        let inZ = try run(.init(.logits), [.init(.z, layer): { z in for i in 0..<z.count where i / K % H == head { z[i] = 0 } }])
        let inResult = try run(
            .init(.logits), [.init(.result, layer): { r in for i in 0..<r.count where i / D % H == head { r[i] = 0 } }])
        expectClose(inZ, inResult, "logits without head \(layer).\(head)")
    }

    @Test("an error thrown by an edit comes out of the pass")
    func errors() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try run(.init(.logits), [.init(.q, 0): { _ in throw Stop() }]) }
    }
}
