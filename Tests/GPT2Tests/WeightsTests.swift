import Checkpoints
import GPT2
import Tensors
import Testing

@Suite("Weights")
struct WeightsTests {
    @Test("folded query and key maps equal the reference's", arguments: Fixtures.models)
    func folded(name: String) throws {
        let maps = try Fixtures.model(name).foldedQK(0)
        let expected = try Fixtures.expected(name)
        for (key, found) in [("W_Q", maps.W_Q), ("b_Q", maps.b_Q), ("W_K", maps.W_K), ("b_K", maps.b_K)] {
            expectClose(found, try expected.tensor("folded." + key), key)
        }
    }

    @Test("folded maps of the normalised residual give the queries and keys, centred or not", arguments: [true, false])
    func foldedMapsAct(centred: Bool) throws {
        let model = try Fixtures.model("one_head")
        let batch = try Fixtures.batch(Fixtures.expected("one_head"))
        let D = model.configuration.d_model
        for layer in 0..<model.configuration.n_layers {
            let found = try model.forward(batch, capture: [.init(.ln1_x, layer), .init(.q, layer), .init(.k, layer)])
            let maps = try model.foldedQK(layer, centred: centred)
            for (W, b, site) in [(maps.W_Q, maps.b_Q, ActivationName.Site.q), (maps.W_K, maps.b_K, .k)] {
                let x = found[.ln1_x, layer].values
                let product = (0..<x.count).map { element in
                    let row = element / D, column = element % D
                    return (0..<D).reduce(b.values[column]) { $0 + x[row * D + $1] * W.values[$1 * D + column] }
                }
                expectClose(Tensor(found[site, layer].shape, product), found[site, layer], "\(site) of layer \(layer)")
            }
        }
    }

    @Test("maps by head act on the LayerNorm's output as the pass does")
    func mapsByHead() throws {
        let model = try Fixtures.model("odd_head")
        let batch = try Fixtures.batch(Fixtures.expected("odd_head"))
        let (D, H, K) = (model.configuration.d_model, model.configuration.n_heads, model.configuration.d_head)
        let sites: [ActivationName.Site] = [.ln1_normalized, .q, .k, .v, .z, .result]
        let found = try model.forward(batch, capture: Set(sites.map { .init($0, 1) }))
        let biases = try model.attentionBiases(1)
        let maps = [(try model.W_Q(1), biases.b_Q, 1), (try model.W_K(1), biases.b_K, 2), (try model.W_V(1), biases.b_V, 3)]
        let x = found[.ln1_normalized, 1].values
        for (W, b, site) in maps {
            #expect(W.shape == [H, D, K] && b.shape == [H, K])
            let product = (0..<batch.B * batch.T * H * K).map { element in
                let (row, h, k) = (element / (H * K), element / K % H, element % K)
                return (0..<D).reduce(b.values[h * K + k]) { $0 + x[row * D + $1] * W.values[(h * D + $1) * K + k] }
            }
            expectClose(Tensor(found[sites[site], 1].shape, product), found[sites[site], 1], "\(sites[site])")
        }
        let W_O = try model.W_O(1), z = found[.z, 1].values
        #expect(W_O.shape == [H, K, D])
        let result = (0..<batch.B * batch.T * H * D).map { element in
            let (row, h, d) = (element / (H * D), element / D % H, element % D)
            return (0..<K).reduce(Float(0)) { $0 + z[(row * H + h) * K + $1] * W_O.values[(h * K + $1) * D + d] }
        }
        expectClose(Tensor(found[.result, 1].shape, result), found[.result, 1], "result")
        #expect(throws: GPT2Error.layerOutOfRange(layer: 3, n_layers: 3)) { try model.W_Q(3) }
        #expect(throws: GPT2Error.layerOutOfRange(layer: -1, n_layers: 3)) { try model.foldedQK(-1) }
    }

    @Test("the number of parameters is that of the resident arrays", arguments: Fixtures.models)
    func parameterCount(name: String) throws {
        let model = try Fixtures.model(name)
        let weights = model.weights
        var count = weights.W_E.count + weights.W_pos.count + weights.ln_final.gain.count + weights.ln_final.bias.count
        for block in weights.blocks {
            for layerNorm in [block.ln1, block.ln2] { count += layerNorm.gain.count + layerNorm.bias.count }
            for linear in [block.c_attn, block.c_proj, block.c_fc, block.mlp_c_proj] {
                count += linear.weight.count + linear.bias.count
            }
        }
        if !model.configuration.tie_word_embeddings { count += weights.W_U_transposed.count }
        #expect(model.parameterCount == count)
    }

    @Test("a tied unembedding is the embedding's own storage")
    func tied() throws {
        let weights = try Fixtures.model("plain").weights
        let same = unsafe weights.W_E.withUnsafeBufferPointer { a in
            unsafe weights.W_U_transposed.withUnsafeBufferPointer { b in unsafe a.baseAddress == b.baseAddress }
        }
        #expect(same)
    }
}
